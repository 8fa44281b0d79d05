/** Two engines never share one SQLite file, whatever they run in (design 3, issue 2). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createServer } from "../../src/server/index.ts";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { runOjs, startOjs } from "../support/ojs-process.ts";
import { RawOjs } from "../support/raw-ojs.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

let folder: TemporaryFolder;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = folder.file("jobs.db");
});

afterEach(() => folder[Symbol.dispose]());

describe("a SQLite file that `ojs serve` has open", () => {
  it("is refused to a second `ojs serve`, which says who has it and exits with a status", async () => {
    await using first = await startOjs({ storage: `sqlite:${file}` });
    const second = await runOjs(["serve", "--port", "0", "--storage", `sqlite:${file}`]);
    expect(second.code).toBe(1);
    expect(second.stdout).toBe("");
    expect(second.stderr).toContain(`${file} is in use by process ${first.pid}`);
    expect(second.stderr).not.toMatch(/^\s+at /m);

    using raw = new RawOjs(first.url);
    expect((await raw.enqueue({ type: "test.job", args: [] })).status).toBe(201);
  });

  it("is refused to an embedded server", async () => {
    await using first = await startOjs({ storage: `sqlite:${file}` });
    const refusal = { code: "backend_error", message: expect.stringContaining(`process ${first.pid}`) };
    await expect(createServer({ storage: sqlite(file) })).rejects.toMatchObject(refusal);
  });

  it("is free at once when its process was killed", async () => {
    await using first = await startOjs({ storage: `sqlite:${file}` });
    await first.kill();
    await using second = await startOjs({ storage: `sqlite:${file}` });
    expect(second.pid).not.toBe(first.pid);
  });
});

describe("a SQLite file that an embedded server has open", () => {
  it("is refused to another one in the same process, until the first is closed", async () => {
    const first = await createServer({ storage: sqlite(file) });
    const refusal = { code: "backend_error", hint: expect.stringContaining("ojs serve") };
    await expect(createServer({ storage: sqlite(file) })).rejects.toMatchObject(refusal);
    await first.close();
    const second = await createServer({ storage: sqlite(file) });
    await second.close();
  });

  it("is refused to `ojs serve`", async () => {
    await using embedded = await createServer({ storage: sqlite(file) });
    const { code, stderr } = await runOjs(["serve", "--port", "0", "--storage", `sqlite:${file}`]);
    expect(code).toBe(1);
    expect(stderr).toContain(`process ${process.pid}`);
    expect(embedded.transport).toBeDefined();
  });
});
