import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { JobHandler } from "openjobs";
import { loadHandlers } from "openjobs/node";
import { describe, expect, it } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const HANDLER = "export default (job) => job;";
const DEFINED = `${HANDLER} export const job = { type: "defined.type", with: () => 0 };`;

function folderWith(files: Readonly<Record<string, string>>): TemporaryFolder {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(folder.file(name)), { recursive: true });
    writeFileSync(folder.file(name), text);
  }
  return folder;
}

/** Takes down what is registered. */
function host() {
  const registered: (readonly [unknown, JobHandler])[] = [];
  return { registered, register: (what: unknown, handler: JobHandler) => registered.push([what, handler]) };
}

describe("handlers from a folder", () => {
  it("are registered for the type that their place says, sorted by path", async () => {
    using folder = folderWith({
      "report/index.mjs": HANDLER,
      "email/send.mjs": "export default () => 'sent';",
      "email/bounce-check.mjs": HANDLER,
      "cache_clear.mjs": HANDLER,
    });
    const worker = host();
    const loaded = await loadHandlers(worker, folder.path);
    expect(loaded).toEqual([
      { type: "cache_clear", file: folder.file("cache_clear.mjs") },
      { type: "email.bounce-check", file: folder.file("email/bounce-check.mjs") },
      { type: "email.send", file: folder.file("email/send.mjs") },
      { type: "report", file: folder.file("report/index.mjs") },
    ]);
    expect(worker.registered.map(([type]) => type)).toEqual(loaded.map(({ type }) => type));
    expect(worker.registered[2]?.[1](Object.create(null))).toBe("sent");
  });

  it("say their type where the place does not, by a text or by a definition", async () => {
    using folder = folderWith({
      "a.mjs": `${HANDLER} export const type = "other.type";`,
      "b.mjs": DEFINED,
      "c/d.mjs": HANDLER,
    });
    const worker = host();
    const loaded = await loadHandlers(worker, pathToFileURL(`${folder.path}/`), { prefix: "billing" });
    expect(loaded.map(({ type }) => type)).toEqual(["other.type", "defined.type", "billing.c.d"]);
    expect(worker.registered[1]?.[0]).toMatchObject({ type: "defined.type" });
  });

  it("are not what lies beside them", async () => {
    const broken = "throw new Error('imported');";
    const aside = [
      "_shared.mjs",
      ".eslintrc.mjs",
      "a.test.mjs",
      "a.spec.js",
      "a.d.ts",
      "a.d.mts",
      "a.mjs.map",
      "read.md",
    ];
    const below = ["_lib/x.mjs", ".git/x.mjs", "node_modules/x/x.mjs", "__tests__/x.mjs"];
    using folder = folderWith({
      ...Object.fromEntries([...aside, ...below].map((name) => [name, broken])),
      "a.mjs": HANDLER,
    });
    expect(await loadHandlers(host(), folder.path)).toEqual([{ type: "a", file: folder.file("a.mjs") }]);
  });

  it.each([
    ["no function", { "a.mjs": HANDLER, "b.mjs": "export const handler = () => 1;" }, "b.mjs", "exports no handler"],
    ["a type that is no text", { "b.mjs": `${HANDLER} export const type = 7;` }, "b.mjs", "`type` that is no text"],
    ["a job that is none", { "b.mjs": `${HANDLER} export const job = "x";` }, "b.mjs", "defineJob did not make"],
    ["two types", { "b.mjs": `${DEFINED} export const type = "x";` }, "b.mjs", "both `type` and `job`"],
    ["a name that is no type", { "sendMail.mjs": HANDLER }, "sendMail.mjs", '"sendMail", which is no job type'],
    ["no name", { "index.mjs": HANDLER }, "index.mjs", "does not say which jobs"],
    ["the type of another", { "b.mjs": HANDLER, "b/index.mjs": HANDLER }, "b/index.mjs", 'both handle "b"'],
    ["a mistake", { "a.mjs": HANDLER, "b.mjs": "throw new TypeError('oops');" }, "b.mjs", "cannot be imported: oops"],
  ])("with %s are refused by the file's name, and nothing is registered", async (_, files, file, says) => {
    using folder = folderWith(files);
    const worker = host();
    const loading = loadHandlers(worker, folder.path);
    await expect(loading).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining(says),
      details: { file: folder.file(file) },
    });
    await expect(loading).rejects.toThrow(folder.file(file));
    expect(worker.registered).toEqual([]);
  });

  it.each([
    ["nothing in it", (folder: TemporaryFolder) => folder.path, "There is no handler in"],
    ["no folder", (folder: TemporaryFolder) => folder.file("missing"), "cannot be read"],
    ["a web page", () => "https://example.com/", "cannot be read"],
    ["the URL of one", () => new URL("https://example.com/"), "is no folder of this machine"],
  ])("need a folder: %s is refused", async (_, place, says) => {
    using folder = folderWith({ "_a.mjs": HANDLER });
    await expect(loadHandlers(host(), place(folder))).rejects.toThrow(says);
  });
});
