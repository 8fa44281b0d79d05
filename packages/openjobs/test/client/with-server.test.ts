/** The client against the real server: in this process, and over HTTP with both transports. */
import { beforeEach, describe, expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import type { Transport, TransportResponse } from "../../src/client/transport.ts";
import { OjsAuthError, OjsConflictError, OjsNotFoundError, OjsValidationError } from "../../src/core/errors.ts";
import { createServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { losing, serverWays } from "./server-ways.ts";

const UNKNOWN = "019b7000-0000-7000-8000-00000000dead";
const API_KEY = "key-for-tests";

/** Fetches with a worker's request and fails the job, for jobs that are to be dead. */
async function failOne(transport: Transport, queue: string): Promise<string> {
  const post = async (path: string, body: object): Promise<TransportResponse> => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${API_KEY}`, "ojs-version": "1.0" };
    return transport.request({ method: "POST", path: `/ojs/v1/workers/${path}`, headers, body: JSON.stringify(body) });
  };
  const { jobs } = JSON.parse((await post("fetch", { queues: [queue] })).body);
  const error = { code: "handler_error", type: "Broken", message: "it broke" };
  await post("nack", { job_id: jobs[0].id, error });
  return jobs[0].id;
}

describe.each(serverWays({ apiKey: API_KEY }))("%s", (way, open) => {
  let transport: Transport;
  let client: OjsClient;
  const queue = `q-${way}`;

  beforeEach(() => {
    transport = open();
    client = new OjsClient({ transport, apiKey: API_KEY, retry: { baseDelay: 0 } });
  });

  it("enqueues and finds a job with everything it was given", async () => {
    const job = await client.enqueue<[{ to: string }]>("email.send", [{ to: "☃" }], {
      queue,
      priority: "low",
      delay: "1h",
      timeout: "30s",
      gracePeriod: "2s",
      totalTimeout: "1h",
      enqueueTtl: "2h",
      heartbeatTimeout: "15s",
      visibilityTimeout: "45s",
      retry: { maxAttempts: 7, initialInterval: "250ms", backoffStrategy: "linear", onExhaustion: "dead_letter" },
      unique: { keys: ["type", "queue"], period: "1h" },
      tags: ["a", "b"],
      meta: { trace: { id: 1 } },
      schema: "urn:x",
    });
    const expected = {
      type: "email.send",
      queue,
      state: "scheduled",
      args: [{ to: "☃" }],
      meta: { trace: { id: 1 } },
      priority: -10,
      attempt: 0,
      maxAttempts: 7,
      tags: ["a", "b"],
      timeoutMs: 30_000,
      gracePeriodMs: 2_000,
      totalTimeoutMs: 3_600_000,
      enqueueTtlMs: 7_200_000,
      heartbeatTimeoutMs: 15_000,
      schema: "urn:x",
      retry: { maxAttempts: 7, initialIntervalMs: 250, backoffStrategy: "linear", onExhaustion: "dead_letter" },
      unique: { keys: ["type", "queue"], period: "PT1H" },
    };
    expect(job).toMatchObject(expected);
    expect(await client.getJob(job.id)).toMatchObject(expected);
    expect(Date.parse(job.scheduledAt ?? "") - Date.parse(job.createdAt)).toBeGreaterThan(3_590_000);
  });

  it("enqueues a batch in order, or nothing of it", async () => {
    const inputs = Array.from({ length: 30 }, (_, index) => ({ type: "n.th", args: index, options: { queue } }));
    const jobs = await client.enqueueBatch(inputs);
    expect(jobs.map(({ args }) => args)).toEqual(inputs.map(({ args }) => [args]));
    const bad = [
      { type: "n.th", options: { queue } },
      { type: "Not A Type", options: { queue } },
    ];
    const before = await client.getQueueStats(queue);
    await expect(client.enqueueBatch(bad)).rejects.toBeInstanceOf(OjsValidationError);
    expect((await client.getQueueStats(queue)).counts).toEqual(before.counts);
  });

  it("enqueues once however many answers get lost", async () => {
    const unlucky = new OjsClient({ transport: losing(transport, 2), apiKey: API_KEY, retry: { baseDelay: 0 } });
    const alone = `${queue}-once`;
    const job = await unlucky.enqueue("a.b", { x: 1 }, { queue: alone });
    expect((await client.getQueueStats(alone)).counts.available).toBe(1);
    expect(await client.getJob(job.id)).toEqual(job);
    const batch = new OjsClient({ transport: losing(transport, 3), apiKey: API_KEY, retry: { baseDelay: 0 } });
    await batch.enqueueBatch([
      { type: "a.b", options: { queue: alone } },
      { type: "a.b", options: { queue: alone } },
    ]);
    expect((await client.getQueueStats(alone)).counts.available).toBe(3);
  });

  it("cancels, also twice, also when the answer gets lost", async () => {
    const first = await client.enqueue("a.b", [], { queue });
    expect(await client.cancelJob(first.id)).toMatchObject({ id: first.id, state: "cancelled" });
    expect(await client.cancelJob(first.id)).toMatchObject({ state: "cancelled" });
    const second = await client.enqueue("a.b", [], { queue });
    const unlucky = new OjsClient({ transport: losing(transport, 1), apiKey: API_KEY, retry: { baseDelay: 0 } });
    expect(await unlucky.cancelJob(second.id)).toMatchObject({ id: second.id, state: "cancelled" });
  });

  it("activates a pending job, once", async () => {
    const job = await client.enqueue("a.b", [], { queue, pending: true });
    expect(job.state).toBe("pending");
    expect(await client.activateJob(job.id)).toMatchObject({ state: "available" });
    await expect(client.activateJob(job.id)).rejects.toBeInstanceOf(OjsConflictError);
  });

  it("pauses, lists and resumes queues", async () => {
    const name = `${queue}-paused`;
    await client.enqueue("a.b", [], { queue: name });
    expect(await client.pauseQueue(name)).toMatchObject({ name, paused: true });
    expect((await client.listQueues({ limit: 200 })).items).toContainEqual(
      expect.objectContaining({ name, paused: true }),
    );
    expect(await client.getQueueStats(name)).toMatchObject({ name, paused: true, counts: { available: 1, active: 0 } });
    expect(await client.resumeQueue(name)).toEqual({ name, paused: false });
  });

  it("follows pages", async () => {
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listQueues({ limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(names).toEqual((await client.listQueues({ limit: 200 })).items.map(({ name }) => name));
  });

  it("looks after dead letters", async () => {
    const name = `${queue}-dead`;
    const retry = { maxAttempts: 1, onExhaustion: "dead_letter" } as const;
    await client.enqueueBatch(Array.from({ length: 2 }, () => ({ type: "a.b", options: { queue: name, retry } })));
    const [retried, discarded] = [await failOne(transport, name), await failOne(transport, name)];
    const dead = await client.listDeadLetterJobs({ queue: name });
    expect(dead).toMatchObject({ total: 2, hasMore: false });
    expect(dead.items[0]).toMatchObject({ state: "discarded", error: { type: "Broken", message: "it broke" } });
    expect(await client.getQueueStats(name)).toMatchObject({ deadLetters: 2, counts: { discarded: 2 } });
    expect(await client.retryDeadLetterJob(retried)).toMatchObject({ id: retried, state: "available", attempt: 0 });
    await client.discardDeadLetterJob(discarded);
    expect((await client.listDeadLetterJobs({ queue: name })).items).toEqual([]);
    await expect(client.discardDeadLetterJob(discarded)).rejects.toBeInstanceOf(OjsNotFoundError);
  });

  it("reads the event log", async () => {
    const job = await client.enqueue("event.test", [], { queue: `${queue}-events` });
    const { events, cursor } = await client.listEvents({ types: ["job.enqueued"], queues: [`${queue}-events`] });
    expect(events).toMatchObject([{ type: "job.enqueued", subject: job.id, data: { job_type: "event.test" } }]);
    const later = await client.listEvents({
      queues: [`${queue}-events`],
      ...(cursor === undefined ? {} : { after: cursor }),
    });
    expect(later.events).toEqual([]);
  });

  it("knows the server", async () => {
    expect(await client.health()).toMatchObject({ healthy: true, status: "ok", backend: { type: "memory" } });
    expect(await client.manifest()).toMatchObject({ specVersion: "1.0", implementation: { name: "openjobs" } });
  });

  it("tells errors apart, each with what is needed to find it", async () => {
    const missing = await client.getJob(UNKNOWN).catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(OjsNotFoundError);
    expect(missing).toMatchObject({ code: "not_found", status: 404, operation: "getJob", jobId: UNKNOWN, attempts: 1 });
    expect(missing).toMatchObject({ requestId: expect.stringMatching(/^req_/), hint: expect.any(String) });

    const refused = await client.enqueue("a.b", [], { queue: "NO" }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OjsValidationError);
    expect(refused).toMatchObject({ operation: "enqueue", details: { field: expect.stringContaining("queue") } });

    const id = (await client.enqueue("a.b", [1], { queue })).id;
    expect(await client.enqueue("a.b", [1], { id, queue })).toMatchObject({ id });
    const clash = await client.enqueue("a.b", [2], { id, queue }).catch((error: unknown) => error);
    expect(clash).toBeInstanceOf(OjsConflictError);
    expect(clash).toMatchObject({ code: "duplicate", jobId: id });

    const stranger = new OjsClient({ transport, apiKey: "wrong" });
    if (way !== "in-process") await expect(stranger.listQueues()).rejects.toBeInstanceOf(OjsAuthError);
  });
});

describe("a server that is gone", () => {
  it("is a connection error in process too", async () => {
    const gone = await createServer({ storage: memory() });
    await gone.close();
    const client = new OjsClient({ transport: gone.transport, retry: false });
    await expect(client.health()).rejects.toMatchObject({ code: "connection_error", operation: "health" });
  });
});
