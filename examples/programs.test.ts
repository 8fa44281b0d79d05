/** Every program in `programs` runs as its reader would run it, and shows what it says. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const programs = join(root, "examples/programs");
const names = readdirSync(programs).filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
// For what programs leave behind: databases.
const scratch = mkdtempSync(join(tmpdir(), "ojs-examples-"));

beforeAll(() => {
  execFileSync(process.execPath, [
    join(root, "node_modules/typescript/bin/tsc"),
    "-p",
    join(programs, "tsconfig.json"),
  ]);
}, 60_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the example", () => {
  it.concurrent.each(names)(
    "%s shows what it says",
    async (name) => {
      const program = join(programs, "dist", name.replace(/\.ts$/, ".js"));
      const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: scratch, timeout: 30_000 });
      expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^ok: /);
    },
    40_000,
  );
});
