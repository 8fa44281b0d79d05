/** What plain JavaScript can hand to `createServer`. */
import { expect, it } from "vitest";
import { createServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { sqlite } from "../../src/storage/sqlite/index.ts";

it.each<[string, object | undefined, RegExp]>([
  ["nothing", undefined, /needs a storage/],
  ["no storage", {}, /needs a storage/],
  ["the location that the command takes", { storage: "sqlite:jobs.db" }, /needs a storage.*sqlite\("jobs.db"\)/],
  ["a factory that was not called", { storage: memory }, /needs a storage/],
  ["a port", { storage: memory(), port: 8080 }, /'port'.*listen\(port, host\)/],
  ["a misspelt option", { storage: memory(), retain: "7d" }, /'retain'.*retention/],
])("%s is refused with a word on what to do", async (_, options, message) => {
  await expect(createServer(options as never)).rejects.toThrow(message);
  await expect(createServer(options as never)).rejects.toThrow(TypeError);
});

it("a SQLite store needs a path", () => {
  expect(() => sqlite(undefined as unknown as string)).toThrow(/path of a file/);
});
