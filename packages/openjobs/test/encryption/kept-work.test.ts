/** What a job keeps while it runs: steps, checkpoints, progress. */
import { randomBytes } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import {
  createKeyring,
  decryptCheckpoint,
  decryptProgress,
  type EncryptionOptions,
  encryption,
} from "../../src/encryption/index.ts";
import { type EnqueueOptions, type JobHandler, type Middleware, OjsClient } from "../../src/index.ts";
import { ObservedServer } from "./observed-server.ts";

const SECRET = "card-4111-1111-1111-1111";
const [old, current] = [randomBytes(32), randomBytes(32)];
const keys = createKeyring({ current: "k1", keys: { k1: old } });
const rotated = createKeyring({ current: "k2", keys: { k1: old, k2: current } });

const again: EnqueueOptions = { retry: { maxAttempts: 3, initialInterval: 1, jitter: false } };

/** Runs one job to its end. */
async function run(server: ObservedServer, handler: JobHandler, middleware: readonly Middleware[], options = again) {
  const client = server.client(...middleware);
  const { id } = await client.enqueue("pay.card", [], options);
  const worker = await server.work({ "pay.card": handler }, ...middleware);
  const plain = new OjsClient({ transport: server.transport });
  await expect.poll(async () => (await plain.getJob(id)).state, { interval: 5 }).toMatch(/completed|discarded/);
  await worker.stop();
  return plain.getJob(id);
}

async function checkpointOf(server: ObservedServer, id: string): Promise<unknown> {
  const path = `/ojs/v1/jobs/${id}/checkpoint`;
  const { body } = await server.transport.request({ method: "GET", path, headers: {} });
  return JSON.parse(body).state;
}

const using = (options: Partial<EncryptionOptions> = {}) => [encryption({ keys, ...options })];

describe("neither the wire nor the store has anything of", () => {
  it("results of steps, which a later attempt gets all the same", async () => {
    await using server = await ObservedServer.onDisk();
    const done: string[] = [];
    const job = await run(
      server,
      async ({ attempt, step }) => {
        const charge = await step("charge", () => {
          done.push("charge");
          return { card: SECRET, at: new Date(0), none: undefined };
        });
        const nothing = await step("mail", () => void done.push("mail"));
        if (attempt === 1) throw new Error("again");
        return charge.card === SECRET && String(charge.at) === "1970-01-01T00:00:00.000Z" && nothing === undefined;
      },
      using(),
    );
    expect(job).toMatchObject({ state: "completed", attempt: 2, result: true });
    expect(done).toEqual(["charge", "mail"]);
    expect(server.carries(SECRET)).toBe(false);
    const state = await checkpointOf(server, job.id);
    expect(state).toMatchObject({
      openjobs_steps: [
        ["charge", { encryption_key_id: "k1" }],
        ["mail", {}],
      ],
    });
    expect(await decryptCheckpoint(job.id, state, keys)).toEqual({
      openjobs_steps: [["charge", { card: SECRET, at: "1970-01-01T00:00:00.000Z" }], ["mail"]],
    });
  });

  it("checkpoints", async () => {
    await using server = await ObservedServer.onDisk();
    const job = await run(
      server,
      async ({ resumeFrom, checkpoint }) => {
        if (resumeFrom !== undefined) return Object(resumeFrom).cursor === SECRET;
        await checkpoint({ cursor: SECRET });
        throw new Error("again");
      },
      using(),
    );
    expect(job).toMatchObject({ state: "completed", result: true });
    expect(server.carries(SECRET)).toBe(false);
    expect(await decryptCheckpoint(job.id, await checkpointOf(server, job.id), keys)).toEqual({ cursor: SECRET });
  });

  it("what is said about progress, if that is wanted; how far it is everybody sees", async () => {
    await using server = await ObservedServer.onDisk();
    const handler: JobHandler = ({ progress }) => {
      progress(0.1, { row: "overtaken" });
      progress({ current: 3, total: 4, message: SECRET }, { card: SECRET });
      throw new Error("so that it stays where it is");
    };
    const { id } = await run(server, handler, using({ progress: true }), { retry: { maxAttempts: 1 } });
    expect(server.carries(SECRET)).toBe(false);
    const report = await server.client().getJobProgress(id);
    expect(report).toMatchObject({ progress: 0.75, data: { encryption_key_id: "k1" } });
    expect(report).not.toHaveProperty("message");
    const told = { message: SECRET, data: { current: 3, total: 4, card: SECRET } };
    expect(await decryptProgress(report, keys)).toMatchObject(told);
    const { id: plain } = await run(server, handler, using(), { retry: { maxAttempts: 1 } });
    expect(await decryptProgress(await server.client().getJobProgress(plain), keys)).toMatchObject(told);
  });
});

describe("what an earlier attempt has left", () => {
  /** A job whose first attempt runs with one middleware, and whose second with another. */
  async function handedOver(before: EncryptionOptions, after: EncryptionOptions, keep: JobHandler) {
    await using server = await ObservedServer.inMemory();
    const [first, second] = [encryption(before), encryption(after)];
    const changing: Middleware = {
      name: "changing",
      execute: (job, next) => (job.attempt === 1 ? first : second).execute?.(job, next),
    };
    const handler: JobHandler = async (job) => {
      const result = await keep(job);
      if (job.attempt === 1) throw new Error("again");
      return result;
    };
    return await run(server, handler, [changing]);
  }

  const step: JobHandler = (job) => job.step(`charge ${job.id}`, () => `by attempt ${job.attempt}`);
  const checkpoint: JobHandler = async (job) => {
    if (job.attempt === 1) await job.checkpoint("by attempt 1");
    return job.resumeFrom;
  };

  it.each<[string, Partial<EncryptionOptions>, Partial<EncryptionOptions>]>([
    ["plain is read where encryption is new", { checkpoints: false }, {}],
    ["encrypted is read where nothing is encrypted any more", {}, { checkpoints: false }],
    ["encrypted is read for types that are not covered", {}, { types: ["other"] }],
    ["encrypted under an old key is read after the rotation", {}, { keys: rotated }],
  ])("%s", async (_, before, after) => {
    for (const keep of [step, checkpoint]) {
      const job = await handedOver({ keys, ...before }, { keys, ...after }, keep);
      expect(job).toMatchObject({ state: "completed", attempt: 2, result: "by attempt 1" });
    }
  });

  it("in plain form is refused if encryption is required", async () => {
    const other = { keys: rotated, types: ["pay.*"], required: true };
    const client = encryption(other);
    for (const [keep, what] of [
      [step, /^The result of the step "charge .*" of an earlier attempt is not encrypted/],
      [checkpoint, /^A checkpoint of an earlier attempt is not encrypted/],
    ] as const) {
      await using server = await ObservedServer.inMemory();
      const changing: Middleware = {
        ...client,
        execute: (job, next) => (job.attempt === 1 ? next() : client.execute?.(job, next)),
      };
      const job = await run(
        server,
        async (one) => {
          await keep(one);
          throw new Error("again");
        },
        [changing],
      );
      expect(job).toMatchObject({ state: "discarded", attempt: 2, error: { message: expect.stringMatching(what) } });
    }
  });

  it("and cannot be read for want of a key is tried again, and the error names the key", async () => {
    for (const keep of [step, checkpoint]) {
      const stranger = createKeyring({ current: "k3", keys: { k3: current } });
      const job = await handedOver({ keys: rotated }, { keys: stranger, types: ["pay.*"] }, keep);
      expect(job.attempt).toBe(3);
      expect(job.error).toMatchObject({ type: "CodecError", message: expect.stringContaining('no key "k2" here') });
    }
  });
});

describe("a result of a step that cannot be kept", () => {
  it("ends the job, as it does without encryption", async () => {
    await using server = await ObservedServer.inMemory();
    const job = await run(server, ({ step }) => step("charge", () => 1n), using());
    expect(job).toMatchObject({ state: "discarded", attempt: 1, error: { type: "StepError" } });
    expect(job.error?.message).toMatch(/^The result of step "charge" cannot be kept/);
  });

  it("for want of a key is not made: the work is not done at all", async () => {
    await using server = await ObservedServer.inMemory();
    let isThere = true;
    const leaving = { ...keys, currentKeyId: () => (isThere ? "k1" : "gone"), cacheMs: 0 };
    let worked = 0;
    const job = await run(
      server,
      async ({ step }) => {
        isThere = false;
        return step("charge", () => (worked += 1));
      },
      using({ keys: leaving }),
      { retry: { maxAttempts: 1 } },
    );
    expect(job.error).toMatchObject({ type: "CodecError", message: expect.stringContaining('"gone"') });
    expect(worked).toBe(0);
  });
});

describe("progress that cannot be encrypted", () => {
  it("is a fraction and no more, and the log says why", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    await using server = await ObservedServer.inMemory();
    const middleware = encryption({
      keys: { ...keys, currentKeyId: () => Promise.reject(new Error("away")) },
      progress: true,
    });
    const job = await run(
      server,
      ({ progress }) => {
        progress(0.5, { card: SECRET });
        throw new Error("so that it stays where it is");
      },
      [{ name: "encryption", execute: (one, next) => middleware.execute?.(one, next) }],
      { retry: { maxAttempts: 1 } },
    );
    const report = await server.client().getJobProgress(job.id);
    expect(report.progress).toBe(0.5);
    expect(report).not.toHaveProperty("data");
    expect(warned.mock.calls).toMatchObject([[expect.stringMatching(/^progress could not be encrypted/), {}]]);
    expect(server.carries(SECRET)).toBe(false);
  });
});
