/** What the snippets' test believes: that a process of many proves of each that it runs. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { snippetsOf } from "./markdown-snippets.ts";
import { type Program, runAlone, runTogether } from "./snippet-processes.ts";

const GREETS = `console.log("hello");`;
const SILENT = `await 0;`;
const THROWS = `console.log("hello"); throw new Error("no");`;
const LATE = `setTimeout(() => { console.error("late"); process.exitCode = 3; }, 1); console.log("hello");`;

/** Programs that all have to print a greeting. */
function programs(folder: string, ...codes: string[]): Program[] {
  return codes.map((code, index) => {
    const [snippet] = snippetsOf("a.md", `<!-- run: prints "hello" -->\n\`\`\`ts\n${code}\n\`\`\``);
    if (snippet === undefined) throw new Error("there is no snippet");
    const file = join(folder, `${index}.mjs`);
    writeFileSync(file, code);
    return { snippet, file };
  });
}

describe("that a snippet runs", () => {
  it("is proved of those that printed theirs themselves", async () => {
    using folder = temporaryFolder();
    const [first, silent, last] = programs(folder.path, GREETS, SILENT, GREETS) as [Program, Program, Program];
    expect(await runTogether([first, silent, last], folder.path)).toEqual(new Set([first, last]));
  });

  it.each([THROWS, LATE])("is proved of none when one fails: %s", async (failing) => {
    using folder = temporaryFolder();
    const [good, bad] = programs(folder.path, GREETS, failing) as [Program, Program];
    expect(await runTogether([good, bad], folder.path)).toEqual(new Set());
    expect(await runAlone(good, folder.path)).toEqual({ output: "hello\n", status: 0 });
    expect((await runAlone(bad, folder.path)).status).toBeGreaterThan(0);
  });
});
