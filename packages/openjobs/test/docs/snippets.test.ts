/** Compiles and runs every TypeScript snippet of the README and the guides, exactly as a reader would. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyNoPostgres } from "../../../../scripts/postgres-server.mjs";
import { postgresUrl } from "../support/postgres-server.ts";
import { snippetsOf } from "./markdown-snippets.ts";
import { type Program, runAlone, runTogether } from "./snippet-processes.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
// Below the repository, so that `openjobs` resolves through the workspace's node_modules and the export map.
const workshop = join(root, ".snippets");
const scratch = mkdtempSync(join(tmpdir(), "ojs-snippets-"));
// In CI a missing one fails the tests of PostgreSQL themselves.
const hasPostgres = whyNoPostgres() === undefined;
const snippets = markdownFiles().flatMap((file) => snippetsOf(file, readFileSync(join(root, file), "utf8")));
const programs: readonly Program[] = snippets.map((snippet, index) => ({
  snippet,
  file: join(workshop, "out", `snippet-${index}.js`),
}));
let together: Promise<ReadonlySet<Program>> | undefined;
const ranTogether = (): Promise<ReadonlySet<Program>> => (together ??= runAllThatEnd());
let server: ChildProcess | undefined;
let url = "";

beforeAll(async () => {
  [server, url] = await startServer();
  rmSync(workshop, { recursive: true, force: true });
  mkdirSync(workshop);
  const database = hasPostgres ? await postgresUrl() : "";
  snippets.forEach((snippet, index) => {
    const code = snippet.code.replaceAll("http://localhost:8080", url).replaceAll("postgres://localhost/app", database);
    writeFileSync(join(workshop, `snippet-${index}.ts`), code);
  });
  writeFileSync(
    join(workshop, "tsconfig.json"),
    JSON.stringify({
      extends: "../tsconfig.base.json",
      compilerOptions: { noEmit: false, rootDir: ".", outDir: "out" },
      include: ["*.ts"],
    }),
  );
}, 60_000);

afterAll(async () => {
  server?.kill("SIGTERM");
  rmSync(workshop, { recursive: true, force: true });
  rmSync(scratch, { recursive: true, force: true });
});

describe("documentation", () => {
  it("has the first code within the README's first 15 lines, and it is at most 15 lines long", () => {
    const [first] = snippetsOf("README.md", readFileSync(join(root, "README.md"), "utf8"));
    expect(first?.line).toBeLessThanOrEqual(15);
    expect(first?.code.trim().split("\n").length).toBeLessThanOrEqual(15);
  });

  it("compiles with --strict", () => {
    const { stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", workshop], { encoding: "utf8" });
    expect(stdout).toBe("");
  });

  it.each(programs.map((program) => ({ program, name: `${program.snippet.file}:${program.snippet.line}` })))(
    "$name runs",
    async ({ program }) => {
      if (program.snippet.needsPostgres && !hasPostgres) return;
      if ((await ranTogether()).has(program)) return;
      const { output, status } = await runAlone(program, scratch);
      for (const text of program.snippet.prints) expect(output).toContain(text);
      expect({ status, output }).toMatchObject({ status: 0 });
    },
    300_000,
  );
});

/** Two processes, one for each core; those that share the server are in one, because they would take each other's jobs. */
async function runAllThatEnd(): Promise<ReadonlySet<Program>> {
  const ending = programs.filter(({ snippet }) => !snippet.runsOn && (hasPostgres || !snippet.needsPostgres));
  const sharing = ending.filter(({ snippet }) => snippet.needsServer);
  const others = ending.filter(({ snippet }) => !snippet.needsServer);
  const ran = await Promise.all([sharing, others].map((some) => runTogether(some, scratch)));
  return new Set(ran.flatMap((some) => [...some]));
}

async function startServer(): Promise<[ChildProcess, string]> {
  const command = join(root, "packages/openjobs/dist/cli/main.js");
  if (!existsSync(command)) execFileSync(process.execPath, [join(root, "scripts/build.mjs")]);
  const child = spawn(process.execPath, [command, "serve", "--port", "0", "--storage", "memory:"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return [child, String(line).replace("listening on ", "")];
}

function markdownFiles(): string[] {
  const guides = join(root, "docs/guides");
  const names = existsSync(guides) ? readdirSync(guides).filter((name) => name.endsWith(".md")) : [];
  return ["README.md", ...names.map((name) => `docs/guides/${name}`)];
}
