/** One server on one SQLite file: the server dies. */
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { loadLibrary } from "../../../src/storage/sqlite/adapter.ts";
import { type OjsProcess, startOjs } from "../../support/ojs-process.ts";
import type { TemporaryFolder } from "../../support/temporary-folder.ts";
import type { Violation } from "./checker.ts";
import type { CrashSite, RunningSite } from "./site.ts";

/** The file is in the folder. */
export function sqliteSite(folder: TemporaryFolder): CrashSite {
  const file = folder.file("jobs.db");
  let copies = 0;
  return {
    hasOutages: false,
    start: async () => running(await startOjs({ storage: `sqlite:${file}` })),
    inspectRemains() {
      // A copy, so that looking at it repairs nothing. Each has a name of its own: libsql may keep a closed file for a while.
      copies += 1;
      const copy = folder.file(`crashed-${copies}.db`);
      for (const suffix of ["", "-wal"]) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
      const damages = damagesOf(copy);
      for (const suffix of ["", "-wal", "-shm"]) rmSync(copy + suffix, { force: true });
      return damages;
    },
  };
}

function running(server: OjsProcess): RunningSite {
  return {
    urls: [server.url],
    crash: () => server.signal("SIGKILL"),
    over: async () => void (await server.exited),
    stop: () => stopped(server),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** SIGTERM, and what was wrong with the end. */
export async function stopped(server: OjsProcess): Promise<readonly Violation[]> {
  const { code } = await server.stop();
  return code === 0 ? [] : [{ rule: "unclean-stop", says: `exit ${code}: ${server.log()}` }];
}

function damagesOf(file: string): readonly Violation[] {
  const connection = loadLibrary().open(file);
  const found = connection.prepare("PRAGMA integrity_check").all([]);
  connection.close();
  return found.join() === "ok" ? [] : [{ rule: "damaged-file", says: found.join("; ") }];
}
