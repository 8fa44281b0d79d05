/** Handlers in threads, from the built package: a thread loads files, and Node 20 knows no TypeScript. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type * as Sdk from "../../src/index.ts";
import type * as NodeEntry from "../../src/node/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";

const dist = new URL("../../dist/", import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), "ojs-isolated-"));
const closing: (() => Promise<void>)[] = [];
let sdk: typeof Sdk;
let node: typeof NodeEntry;
let server: OjsServer;

beforeAll(async () => {
  [sdk, node] = await Promise.all([import(`${dist}index.js`), import(`${dist}node/index.js`)]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  server = await createServer({ storage: memory() });
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await server.close({ graceMs: 0 });
});

/** A worker whose handler is the module of that text. */
async function work(text: string, options: NodeEntry.IsolationOptions = {}): Promise<Sdk.OjsClient> {
  const file = join(folder, `${closing.length}-${text.length}-${Math.abs(hash(text))}.mjs`);
  writeFileSync(file, text.replace('"openjobs"', JSON.stringify(`${dist}index.js`)));
  const handler = node.isolated(pathToFileURL(file), { threads: 1, killAfter: 30, ...options });
  const worker = new sdk.OjsWorker({
    transport: server.transport,
    handleSignals: false,
    concurrency: 4,
    logger: silent,
  });
  worker.register("work", handler);
  await worker.start();
  closing.push(
    () => handler.close(),
    () => worker.stop({ grace: 0 }),
  );
  return new sdk.OjsClient({ transport: server.transport });
}

const nothing = (): void => undefined;
const silent: Sdk.Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function hash(text: string): number {
  return [...text].reduce((sum, char) => (Math.imul(sum, 31) + char.charCodeAt(0)) | 0, 7);
}

async function ended(client: Sdk.OjsClient, args: unknown[], options: Sdk.EnqueueOptions = {}): Promise<Sdk.Job> {
  const { id } = await client.enqueue("work", args, { retry: { maxAttempts: 1 }, ...options });
  await expect
    .poll(async () => (await client.getJob(id)).state, { interval: 10 })
    .toMatch(/completed|discarded|cancelled/);
  return client.getJob(id);
}

describe("an isolated handler", () => {
  it("gets its job, gives its result, and uses its thread again", async () => {
    const client = await work(`
      import { threadId } from "node:worker_threads";
      export default ({ args, attempt, arg, meta, workerId }) => ({ args, attempt, to: arg("to"), meta, workerId, threadId });
    `);
    const { result: first } = await ended(client, [{ to: "ada" }], { meta: { tenant: "acme" } });
    expect(first).toMatchObject({ args: [{ to: "ada" }], attempt: 1, to: "ada", meta: { tenant: "acme" } });
    const { result: second } = await ended(client, []);
    expect(second).toMatchObject({ threadId: (first as { threadId: number }).threadId });
  });

  it("is told to stop with the reason, and can do so", async () => {
    const client = await work(`
      import { JobAbortError } from "openjobs";
      export default ({ signal }) => new Promise((resolve, reject) => {
        const alive = setInterval(() => {}, 1000);
        signal.addEventListener("abort", () => {
          clearInterval(alive);
          reject(new Error(String(signal.reason instanceof JobAbortError && signal.reason.cause)));
        });
      });
    `);
    const job = await ended(client, [], { timeout: 50 });
    expect(job.error).toMatchObject({ code: "timeout" });
    expect((await ended(client, [], { timeout: 50 })).state).toBe("discarded"); // with the thread of before
  });

  it("is killed when it does not, while the worker's own thread stays free", async () => {
    const client = await work("export default ({ args }) => { while (args[0] === 'spin'); return 'fine'; }");
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 5);
    expect((await ended(client, ["spin"], { timeout: 100 })).error).toMatchObject({ code: "timeout" });
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(5);
    expect((await ended(client, [])).result).toBe("fine"); // in a new thread
  });

  it("fails alone when it uses up its memory, ends its thread, or throws where nobody catches", async () => {
    const client = await work(
      `export default async ({ args: [how] }) => {
        if (how === "exit") process.exit(3);
        if (how === "later") { setTimeout(() => { throw new RangeError("nobody caught me"); }); await new Promise((done) => setTimeout(done, 5000)); }
        if (how === "memory") { const kept = []; for (;;) kept.push(new Array(100000).fill({})); }
        return how;
      }`,
      { memoryLimitMb: 24 },
    );
    expect((await ended(client, ["exit"])).error).toMatchObject({ type: "IsolationError", code: "worker_exited" });
    expect((await ended(client, ["later"])).error).toMatchObject({ type: "RangeError", message: "nobody caught me" });
    expect((await ended(client, ["memory"])).error).toMatchObject({ code: "worker_out_of_memory" });
    expect((await ended(client, ["fine"])).result).toBe("fine");
  });

  it("throws over the boundary: outcome errors, codes, causes", async () => {
    const client = await work(`
      import { DiscardError, DeadLetterError } from "openjobs";
      export default ({ args: [how] }) => {
        if (how === "discard") throw new DiscardError("no", { type: "no.recipient", details: { a: 1 } });
        if (how === "dead") throw new DeadLetterError("never");
        throw Object.assign(new TypeError("wrong", { cause: new Error("inner") }), { code: "E_WRONG" });
      };
    `);
    const discarded = await ended(client, ["discard"], { retry: { maxAttempts: 5 } });
    expect(discarded).toMatchObject({ state: "discarded", attempt: 1, error: { type: "no.recipient" } });
    expect((await ended(client, ["dead"], { retry: { maxAttempts: 5 } })).attempt).toBe(1);
    expect((await ended(client, ["else"])).error).toMatchObject({
      type: "TypeError",
      code: "E_WRONG",
      message: "wrong",
    });
  });

  it("does its steps once, through the worker", async () => {
    const client = await work(`
      export default async ({ attempt, step, heartbeat, progress, log }) => {
        const first = await step("first", () => "made by attempt " + attempt);
        await heartbeat();
        progress(0.5);
        log.info("half", {});
        if (attempt === 1) throw new Error("again");
        return first;
      };
    `);
    const job = await ended(client, [], { retry: { maxAttempts: 2, initialInterval: 1, jitter: false } });
    expect(job).toMatchObject({ state: "completed", attempt: 2, result: "made by attempt 1" });
  });

  it("says what is wrong with its module, and with its options", async () => {
    const client = await work("export const handler = 1;");
    expect((await ended(client, [])).error?.message).toContain("has no function as its default export");
    expect(() => node.isolated("/a.js", { threads: 0 })).toThrow("threads must be a whole number above 0");
  });
});
