/** Every program in `programs`, compiled as an application would be, shows what it says. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const programs = join(root, "examples/programs");
const names = readdirSync(programs).filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
// For what programs leave behind: databases.
const scratch = mkdtempSync(join(tmpdir(), "ojs-examples-"));
const outputs = new Map<string, Promise<string>>();

beforeAll(() => {
  execFileSync(process.execPath, [
    join(root, "node_modules/typescript/bin/tsc"),
    "-p",
    join(programs, "tsconfig.json"),
  ]);
  // Two processes, one for each core: starting one for each program would cost more than all programs together.
  for (const half of [0, 1]) runAll(names.filter((_, index) => index % 2 === half));
}, 60_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the example", () => {
  it.each(names)(
    "%s shows what it says",
    async (name) => {
      const output = (await outputs.get(name)) ?? "";
      const own = output.split(`== ${name}\n`)[1]?.split("\n== ")[0];
      // A program that fails ends its process; those after it did not run.
      expect(own ?? output).toMatch(/^(?:[\s\S]*\n)?ok: .*\s*$/);
    },
    60_000,
  );
});

it("is in the README's table, with a guide that exists: every one of them", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const rows = [
    ...readme.matchAll(/\(examples\/programs\/([\w-]+\.ts)\) \| \[[\w-]+\]\((docs\/guides\/[\w-]+\.md)\)/g),
  ];
  expect(rows.map(([, name]) => name).sort()).toEqual([...names].sort());
  expect(rows.filter(([, , guide = ""]) => !existsSync(join(root, guide)))).toEqual([]);
});

/** Runs one after another in a process, which has to end by itself: nobody left anything open. */
function runAll(mine: readonly string[]): void {
  const one = (name: string): string => {
    const file = pathToFileURL(join(programs, "dist", name.replace(/\.ts$/, ".js")));
    return `console.log(${JSON.stringify(`== ${name}`)}); await import(${JSON.stringify(file)});`;
  };
  const main = join(scratch, `${mine[0]}.mjs`);
  writeFileSync(main, mine.map(one).join("\n"));
  const output = promisify(execFile)(process.execPath, [main], { cwd: scratch, timeout: 50_000 }).then(
    ({ stdout }) => stdout,
    (error: Error & { readonly stdout?: string }) => `${error.stdout ?? ""}\n${error.message}`,
  );
  for (const name of mine) outputs.set(name, output);
}
