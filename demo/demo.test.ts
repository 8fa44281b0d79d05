/** The demo's totals against the tools that everybody has. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "./report.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "ojs-demo-test-"));
const folder = join(scratch, "files");
const TEXT_FILES = 60;
let report: Report;

beforeAll(() => {
  writeFixtures();
  const json = join(scratch, "report.json");
  execFileSync(process.execPath, [join(root, "demo/dist/main.js"), folder, "--json", json], { cwd: root });
  report = JSON.parse(readFileSync(json, "utf8"));
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("npm run demo", () => {
  it("agrees with sha256sum on every file", () => {
    const sums = shell("find . -type f -print0 | xargs -0 sha256sum")
      .split("\n")
      .map((line) => [join(folder, line.slice(66)), line.slice(0, 64)]);
    expect(report.sums).toEqual(Object.fromEntries(sums));
    expect(report.files).toBe(sums.length);
  });

  it("agrees with wc on bytes, lines and the words of text files", () => {
    expect(report.bytes).toBe(wc("-c", "*"));
    expect(report.lines).toBe(wc("-l", "*"));
    expect(report.words).toBe(wc("-w", "*.txt"));
  });

  it("shows retries, a recovery after the kill, and dead letters", () => {
    expect(report.deadLettered).toBe(2);
    expect(report.recovered).toBeGreaterThanOrEqual(1);
    // 2 flaky files once each, 2 missing files twice each; one whose attempt the kill ended counts as recovered instead.
    expect(report.retries).toBeGreaterThanOrEqual(6 - Math.min(4, report.recovered));
    expect(report.retries).toBeLessThanOrEqual(6);
    const accounted = report.files + 2 + report.retries + report.recovered;
    expect(report.attempts).toBeGreaterThanOrEqual(accounted);
    // Jobs in an answer that the killed worker did not live to read may be taken back: an attempt for each of four slots, without an error.
    expect(report.attempts).toBeLessThanOrEqual(accounted + 4);
  });
});

function writeFixtures(): void {
  mkdirSync(join(folder, "nested"), { recursive: true });
  for (let n = 0; n < TEXT_FILES; n += 1) {
    const words = `file ${n}\tof the demo\n`.repeat(n);
    writeFileSync(join(folder, n % 2 === 0 ? "nested" : ".", `text-${n}.txt`), `${words}ünïcode — ☃ last line`);
  }
  writeFileSync(join(folder, "empty.txt"), "");
  writeFileSync(join(folder, "binary.bin"), Buffer.from([0, 10, 1, 32, 65, 255]));
  writeFileSync(join(folder, "name with space.txt"), "one\n");
}

function wc(flag: string, pattern: string): number {
  const each = `find . -type f -name '${pattern}' -exec env LC_ALL=C wc ${flag} {} ';'`;
  return Number(shell(`${each} | awk '{ sum += $1 } END { print sum }'`));
}

function shell(command: string): string {
  return execFileSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" }).trim();
}
