/** Definitions at work: a client and a worker that share them, and the real server between them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { chain, defineJob, type JobContext, OjsClient, OjsWorker } from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { TestClock, turns } from "../../src/testing/test-clock.ts";

const remind = defineJob("user.remind", {
  args: z.object({ at: z.iso.datetime().transform((text) => new Date(text)), tries: z.int().default(3) }),
  result: z.object({ id: z.string() }),
});

let clock: TestClock;
let server: OjsServer;
let client: OjsClient;
let worker: OjsWorker;

beforeEach(async () => {
  clock = new TestClock(Date.UTC(2026, 0, 1));
  server = await createServer({ storage: memory(), clock });
  client = new OjsClient({ transport: server.transport }, { clock });
  worker = new OjsWorker({ transport: server.transport, handleSignals: false }, { clock });
});

afterEach(async () => {
  const stopping = worker.stop({ grace: 0 });
  await pass(10_000);
  await stopping;
  await server.close({ graceMs: 0 });
});

function pass(ms: number): Promise<void> {
  return clock.advance(ms, () => turns(8));
}

/** Runs what waits, and what is tried again within ten minutes. */
async function work(): Promise<void> {
  await worker.start();
  await pass(600_000);
}

describe("the handler of a definition", () => {
  it("gets what the schema makes of the arguments, and the job has what that of the result makes", async () => {
    let seen: JobContext | undefined;
    worker.register(remind, (job) => {
      seen = job;
      return { id: `${job.args[0].at.getTime()}:${job.args[0].tries}`, secret: "not in the schema" };
    });
    const { id } = await client.enqueue(remind, { at: "2026-01-01T00:00:00Z" });
    await work();
    const job = await client.getJob(id);
    expect(job).toMatchObject({ state: "completed", args: [{ at: "2026-01-01T00:00:00Z" }] });
    expect(job.result).toEqual({ id: `${Date.UTC(2026, 0, 1)}:3` });
    expect(seen?.arg("tries")).toBe(3);
    expect(seen?.job.args).toEqual([{ at: "2026-01-01T00:00:00Z" }]);
    expect(seen?.signal.aborted).toBe(false);
    expect(seen).toMatchObject({ attempt: 1, workerId: worker.id });
  });

  it("never sees arguments that do not fit: the job is discarded at once, and no value is in its error", async () => {
    let runs = 0;
    worker.register(remind, () => {
      runs += 1;
      return { id: "a" };
    });
    // Somebody else's producer, who knows the type by name.
    const { id } = await client.enqueue("user.remind", { at: "hunter2" }, { retry: { maxAttempts: 5 } });
    await work();
    const job = await client.getJob(id);
    expect(runs).toBe(0);
    expect(job).toMatchObject({
      state: "discarded",
      attempt: 1,
      error: {
        type: "invalid_payload",
        code: "invalid_payload",
        retryable: false,
        details: { issues: [{ path: "args[0].at" }] },
      },
    });
    expect(job.error?.message).toContain("args[0].at");
    expect(job.error?.backtrace).toBeUndefined();
    expect(JSON.stringify(job.errors)).not.toContain("hunter2");
  });

  it("leaves arguments that do not fit among the dead letters if their policy says so", async () => {
    worker.register(remind, () => ({ id: "a" }));
    await client.enqueue("user.remind", {}, { retry: { onExhaustion: "dead_letter" } });
    await work();
    expect((await client.listDeadLetterJobs()).items).toHaveLength(1);
  });

  it("fails for good with a result that does not fit: running again would produce it again", async () => {
    worker.register(remind, () => ({ id: 7 }) as never);
    const { id } = await client.enqueue(remind, { at: "2026-01-01T00:00:00Z" });
    await work();
    expect(await client.getJob(id)).toMatchObject({
      state: "discarded",
      attempt: 1,
      error: { code: "result_rejected", details: { issues: [{ path: "result.id" }] } },
    });
  });

  it("fails as any other when it throws, and when a schema does", async () => {
    const broken = z.string().transform((): string => {
      throw new Error("the schema is broken");
    });
    const unlucky = defineJob("unlucky.job", { args: z.tuple([]), result: broken, retry: { maxAttempts: 2 } });
    worker.register(unlucky, () => "done");
    worker.register(remind, () => Promise.reject(new Error("SMTP down")));
    const one = await client.enqueue(unlucky);
    const other = await client.enqueue(remind, { at: "2026-01-01T00:00:00Z" }, { retry: { maxAttempts: 2 } });
    await work();
    expect(await client.getJob(one.id)).toMatchObject({ attempt: 2, error: { message: "the schema is broken" } });
    expect(await client.getJob(other.id)).toMatchObject({ attempt: 2, error: { message: "SMTP down" } });
  });

  it("may be asynchronous, and so may the schemas", async () => {
    const rename = defineJob("user.rename", {
      args: z.tuple([z.string().refine(async (name) => name !== "taken", "is taken")]),
      result: z.string().transform(async (name) => name.toUpperCase()),
    });
    worker.register(rename, async ({ args: [name] }) => name);
    const good = await client.enqueue(rename, ["ada"]);
    const bad = await client.enqueue("user.rename", ["taken"]);
    await work();
    expect(await client.getJob(good.id)).toMatchObject({ state: "completed", result: "ADA" });
    expect(await client.getJob(bad.id)).toMatchObject({ state: "discarded", error: { code: "invalid_payload" } });
  });

  it("is inside of middleware, and what a producer gives is checked outside of it: schemas see what middleware hides", async () => {
    const [to, result] = ["alan", "sent"] as const;
    const greet = defineJob("user.greet", { args: z.tuple([z.literal(to)]), result: z.literal(result) });
    const hide = (value: unknown): string => [...String(value)].reverse().join("");
    client.use({ name: "hide", enqueue: (job, next) => next({ ...job, args: job.args.map(hide) }) });
    worker.use({ name: "show", execute: async (job, next) => hide(await next({ args: job.args.map(hide) })) });
    worker.register(greet, ({ args: [name] }) => (name === to ? result : name));
    const [one] = await client.enqueueBatch([greet.with([to])]);
    const workflow = await client.createWorkflow(chain([greet.with([to])]));
    await expect(client.enqueue(greet, [hide(to)] as never)).rejects.toThrow("args[0]");
    await work();
    expect(await client.getJob(one.id)).toMatchObject({ state: "completed", args: [hide(to)], result: hide(result) });
    expect(await client.getWorkflow(workflow.id)).toMatchObject({ state: "completed" });
  });

  it("runs the steps of workflows and the batches of definitions", async () => {
    const done: string[] = [];
    const note = defineJob<[word: string], number>("word.note", { tags: ["words"] });
    worker.register(note, ({ args: [word] }) => done.push(word));
    await client.createWorkflow(chain([note.with(["first"]), note.with(["second"])]));
    const [third] = await client.enqueueBatch([note.with(["third"], { delay: "1m" })]);
    await work();
    expect(done).toEqual(["first", "second", "third"]);
    expect(await client.getJob(third.id)).toMatchObject({ state: "completed", result: 3, tags: ["words"] });
  });
});
