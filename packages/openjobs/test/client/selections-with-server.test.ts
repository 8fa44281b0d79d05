/** Operations on many jobs and changes of one through the client: real server, in process and over HTTP. */
import { beforeEach, describe, expect, it } from "vitest";
import { type Job, OjsClient, OjsConflictError, OjsNotFoundError, type Transport } from "../../src/index.ts";
import { losing, serverWays } from "./server-ways.ts";

const UNKNOWN = "019b7000-0000-7000-8000-00000000dead";

const [inProcess, overHttp] = serverWays();

describe.each([inProcess, overHttp])("%s", (way, open) => {
  let transport: Transport;
  let client: OjsClient;
  let queue: string;
  let count = 0;

  beforeEach(() => {
    count += 1;
    queue = `${way}-${count}`;
    transport = open();
    client = new OjsClient({ transport, retry: { baseDelay: 0 } });
  });

  async function some(amount: number, options: object = {}): Promise<readonly Job[]> {
    const inputs = Array.from({ length: amount }, () => ({ type: "some.job", options: { queue, ...options } }));
    return client.enqueueBatch(inputs);
  }

  /** Claims a job and ends it in this way. */
  async function end(how: "ack" | "nack"): Promise<string> {
    const headers = { "content-type": "application/json", "ojs-version": "1.0" };
    const post = async (path: string, body: object) =>
      transport.request({ method: "POST", path: `/ojs/v1/workers/${path}`, headers, body: JSON.stringify(body) });
    const [job] = JSON.parse((await post("fetch", { queues: [queue] })).body).jobs;
    const error = { code: "handler_error", message: "boom", retryable: false };
    await post(how, { job_id: job.id, ...(how === "nack" ? { error } : {}) });
    return job.id;
  }

  const stateOf = async (id: string | undefined): Promise<string> => (await client.getJob(id ?? "")).state;

  it("cancels those that have all of the tags", async () => {
    const [both] = await some(1, { tags: ["nightly", "eu"] });
    const [one] = await some(1, { tags: ["nightly"] });
    const result = await client.cancelJobs({ filter: { queue, tags: ["eu", "nightly"] } });
    expect(result).toMatchObject({ matched: 1, succeeded: 1 });
    expect([await stateOf(both?.id), await stateOf(one?.id)]).toEqual(["cancelled", "available"]);
  });

  it("cancels by id, each with its own outcome", async () => {
    const [one, two, three] = await some(3);
    const done = await end("ack");
    const ids = [two?.id ?? "", UNKNOWN, done, three?.id ?? ""];
    expect(done).toBe(one?.id);
    const result = await client.cancelJobs({ ids });
    expect(result).toMatchObject({ succeeded: 2, skipped: 2 });
    expect(result.items.map(({ jobId, ok }) => [jobId, ok])).toEqual([
      [ids[0], true],
      [UNKNOWN, false],
      [done, false],
      [ids[3], true],
    ]);
    for (const { ok, reason, error } of result.items) {
      if (!ok) expect(reason ?? error?.message).toEqual(expect.any(String));
    }
    expect(await stateOf(two?.id)).toBe("cancelled");
  });

  it("cancels by conditions", async () => {
    await some(3, { meta: { tenant: "a" } });
    const others = await some(2, { meta: { tenant: "b" }, priority: 7 });
    const result = await client.cancelJobs({ filter: { queue, meta: { tenant: "a" } } });
    expect(result).toMatchObject({ matched: 3, succeeded: 3, skipped: 0 });
    expect(await stateOf(others[0]?.id)).toBe("available");
    expect(await client.cancelJobs({ filter: { queue, priority: 7, states: ["available"] } })).toMatchObject({
      succeeded: 2,
    });
    expect(await client.cancelJobs({ filter: { queue } })).toMatchObject({ matched: 0, succeeded: 0, items: [] });
  });

  it("cancels all or nothing", async () => {
    const [one] = await some(1);
    const result = await client.cancelJobs({ ids: [one?.id ?? "", UNKNOWN], atomic: true });
    expect(result).toMatchObject({ succeeded: 0 });
    expect(result.items.every(({ ok }) => !ok)).toBe(true);
    expect(await stateOf(one?.id)).toBe("available");
  });

  it("retries what has failed for good", async () => {
    await some(2);
    const [first, second] = [await end("nack"), await end("nack")];
    expect(await stateOf(first)).toBe("discarded");
    expect(await client.retryJobs({ ids: [first] })).toMatchObject({
      succeeded: 1,
      items: [{ jobId: first, ok: true }],
    });
    expect(await client.getJob(first)).toMatchObject({ state: "available", attempt: 0 });
    expect(await client.retryJobs({ ids: [first] })).toMatchObject({ succeeded: 0, skipped: 1 });
    expect(await client.retryJobs({ filter: { queue, states: ["discarded"] } })).toMatchObject({ succeeded: 1 });
    expect(await stateOf(second)).toBe("available");
  });

  it("retries once, also when the answer gets lost", async () => {
    await some(1);
    const id = await end("nack");
    const unlucky = new OjsClient({ transport: losing(transport), retry: { baseDelay: 0 } });
    expect(await unlucky.retryJobs({ ids: [id] })).toMatchObject({ succeeded: 1, skipped: 0 });
  });

  it("removes what has ended, and nothing else", async () => {
    const [, open] = await some(2);
    const done = await end("ack");
    const result = await client.deleteJobs({ ids: [done, open?.id ?? ""] });
    expect(result).toMatchObject({ succeeded: 1, skipped: 1, items: [{ ok: true, status: "deleted" }, { ok: false }] });
    await expect(client.getJob(done)).rejects.toBeInstanceOf(OjsNotFoundError);
    expect(await stateOf(open?.id)).toBe("available");
    const before = await client.deleteJobs({ filter: { queue, states: ["completed"], enqueuedBefore: new Date(0) } });
    expect(before).toMatchObject({ matched: 0 });
  });

  it("changes the priority of what waits, and so the order", async () => {
    const [first, second] = await some(2);
    expect(await client.updateJob(second?.id ?? "", { priority: "high" })).toMatchObject({
      id: second?.id,
      priority: 10,
    });
    expect(await end("ack")).toBe(second?.id);
    await expect(client.updateJob(second?.id ?? "", { priority: 1 })).rejects.toBeInstanceOf(OjsConflictError);
    await expect(client.updateJob(UNKNOWN, { priority: 1 })).rejects.toBeInstanceOf(OjsNotFoundError);
    expect(await client.updateJob(first?.id ?? "", { priority: -100 })).toMatchObject({ priority: -100 });
  });
});
