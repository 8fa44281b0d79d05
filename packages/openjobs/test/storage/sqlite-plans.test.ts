/** Reads never scan: SQLite says so itself about every statement that the driver runs. */
import { createRequire } from "node:module";
import { describe, expect, it, onTestFinished } from "vitest";
import { SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.ts";
import { doEverything } from "../suites/storage/everything.ts";
import { WatchedLibrary } from "./sqlite-library.ts";
import { opened, scratchFile } from "./sqlite-scratch.ts";

/** A list of ids that was handed in, or the few rows that another step has found, is read from front to back. */
const SCAN = /^SCAN (?!.*(INDEX|VIRTUAL TABLE|CONSTANT ROW|\(subquery))/;

interface PlainLibsql {
  prepare(sql: string): { all(): { detail: string }[] };
  close(): void;
}

/** What SQLite plans to do for each statement, after it has forgotten what it may have learnt of the sizes. */
async function plans(): Promise<Map<string, string[]>> {
  const library = new WatchedLibrary();
  const file = scratchFile();
  const storage = await opened(new SqliteStorage(file, "full", () => library.open));
  library.log.length = 0;
  await doEverything(storage);
  await storage.close();
  const Libsql = createRequire(import.meta.url)("libsql") as new (file: string) => PlainLibsql;
  const database = new Libsql(file);
  onTestFinished(() => database.close());
  const statements = [...new Set(library.log)].filter((sql) => /^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(sql));
  return new Map(
    statements.map((sql) => [
      sql,
      database
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => detail),
    ]),
  );
}

describe("the statements of the SQLite driver", () => {
  it("reach every row through an index, and sort nothing", async () => {
    const found = await plans();
    expect(found.size).toBeGreaterThanOrEqual(80);
    const bad = [...found].filter(([, steps]) => steps.some((step) => step.includes("TEMP B-TREE") || SCAN.test(step)));
    expect(bad).toEqual([]);
  });

  it("claim from the index of claimable jobs, in its order", async () => {
    const claims = [...(await plans())].filter(([sql]) => sql.includes("due_at > ?) ORDER BY priority DESC"));
    const claimable = ["SEARCH jobs USING INDEX jobs_claimable (queue=? AND lane=?)"];
    expect(claims.map(([, steps]) => steps)).toEqual([claimable, claimable]);
  });
});
