/** Calls that travel together: when they do, and that none of them notices. */
import { describe, expect, it } from "vitest";
import { type ClientOptions, OjsClient } from "../../src/client/client.ts";
import type { Job } from "../../src/core/codec/job-decode.ts";
import { OjsConflictError, OjsError, OjsTimeoutError, OjsValidationError } from "../../src/core/errors.ts";
import { BulkServer, jobsOf } from "./bulk-server.ts";
import { ManualClock, turn } from "./manual-clock.ts";
import { answer, refusal } from "./scripted-transport.ts";

interface Bench {
  readonly server: BulkServer;
  readonly client: OjsClient;
  readonly clock: ManualClock;
}

/** A client that has found out what its server can do. */
async function bench(options: ClientOptions = {}): Promise<Bench> {
  const made = unprepared(options);
  await Promise.all([made.client.enqueue("warm.up"), made.client.enqueue("warm.up")]);
  await loaded();
  made.server.requests.length = 0;
  return made;
}

/** The client loads these two, one after the other, when it has somebody to ask for; who imports later has them later. */
async function loaded(): Promise<void> {
  await import("../../src/client/calls/system.ts");
  await turn();
  await import("../../src/client/coalesce/bulk-queue.ts");
  await turn();
}

function unprepared(options: ClientOptions = {}, server: BulkServer = new BulkServer()): Bench {
  const clock = new ManualClock();
  const client = new OjsClient({ transport: server, retry: { retries: 2 }, ...options }, { clock, random: () => 0.5 });
  return { server, client, clock };
}

async function failureOf(promise: Promise<unknown>): Promise<OjsError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OjsError) return error;
  throw new Error(`expected an OjsError, got ${String(error)}`);
}

function many({ client }: Bench, count: number): Promise<Job<number[]>>[] {
  return Array.from({ length: count }, (_, n) => client.enqueue("n.th", [n]));
}

const wrong = (index: number) => ({
  status: "failed",
  http_status: 400,
  error: {
    code: "invalid_request",
    message: `jobs[${index}].options.queue must be a name.`,
    retryable: false,
    details: { field: `jobs[${index}].options.queue` },
    hint: "Use a name.",
  },
});

describe("calls of one turn", () => {
  it("are one request, in their order, and each gets its own job", async () => {
    const test = await bench();
    const jobs = await Promise.all(many(test, 20));
    expect(test.server.sizes).toEqual([20]);
    expect(jobsOf(test.server.posts[0]?.body).map(({ args }) => args)).toEqual(jobs.map(({ args }) => args));
    expect(jobs.map(({ args }) => args[0])).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(jobs[3]).toMatchObject({ type: "n.th", state: "available", queue: "default", maxAttempts: 3 });
    expect(test.server.posts[0]?.headers.prefer).toBe("return=minimal");
    expect(test.clock.pending).toBe(0);
  });

  it("also come from promises that were settled in that turn", async () => {
    const test = await bench();
    const settled = Promise.resolve().then(() => Promise.all([1, 2]).then(() => test.client.enqueue("a.b")));
    await Promise.all([test.client.enqueue("a.b"), settled]);
    expect(test.server.sizes).toEqual([2]);
  });

  it("go as they are when there is only one", async () => {
    const test = await bench();
    await test.client.enqueue("a.b");
    await test.client.enqueue("a.b");
    expect(test.server.sizes).toEqual([0, 0]);
  });

  it("fill requests of at most 500 jobs and one megabyte", async () => {
    const test = await bench();
    await Promise.all(many(test, 1_001));
    expect(test.server.sizes).toEqual([500, 500, 0]);
    const big = "x".repeat(400_000);
    await Promise.all([1, 2, 3, 4].map(() => test.client.enqueue("a.b", big)));
    expect(test.server.sizes.slice(3)).toEqual([2, 2]);
    await Promise.all([test.client.enqueue("a.b"), test.client.enqueue("a.b", "x".repeat(2_000_000))]);
    expect(test.server.sizes.slice(5)).toEqual([0, 0]);
  });

  it("go one by one when the client was asked not to let them travel together", async () => {
    const test = await bench({ coalesce: false });
    await Promise.all(many(test, 5));
    expect(test.server.sizes).toEqual([0, 0, 0, 0, 0]);
    expect(test.server.requests).toHaveLength(5);
  });
});

describe("while requests are under way", () => {
  it("calls gather, and leave together when one is answered", async () => {
    const test = await bench();
    test.server.hold();
    const calls: Promise<unknown>[] = [];
    for (let n = 0; n < 20; n += 1) {
      calls.push(test.client.enqueue("a.b", [n]));
      await turn();
    }
    expect(test.server.sizes).toEqual([0, 0, 0, 0]);
    test.server.release(1);
    await turn();
    await turn();
    expect(test.server.sizes).toEqual([0, 0, 0, 0, 16]);
    test.server.release();
    await Promise.all(calls);
  });
});

describe("whether the server takes bulks", () => {
  it("is not asked for a call that is alone", async () => {
    const { client, server } = unprepared();
    await client.enqueue("a.b");
    await client.enqueue("a.b");
    expect(server.requests.map(({ path }) => path)).toEqual(["/ojs/v1/jobs", "/ojs/v1/jobs"]);
  });

  it("is asked once, in the background, while the calls go one by one", async () => {
    const test = unprepared();
    test.server.hold();
    const calls = many(test, 5);
    await turn();
    expect(test.server.requests.filter(({ path }) => path === "/ojs/manifest")).toHaveLength(1);
    expect(test.server.sizes).toEqual([0, 0, 0, 0, 0]);
    test.server.release();
    await Promise.all(calls);
  });

  it("is taken for granted when the server lists all bulk operations", async () => {
    const test = unprepared();
    test.server.extensions = ["urn:ojs:ext:bulk-operations"];
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(many(test, 2));
      await turn();
    }
    expect(test.server.sizes).toEqual([0, 0, 2]);
  });

  it("is never asked again when it does not", async () => {
    const test = unprepared();
    test.server.extensions = [];
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(many(test, 2));
      await turn();
    }
    expect(test.server.sizes).toEqual([0, 0, 0, 0, 0, 0]);
    expect(test.server.requests).toHaveLength(7);
  });

  it("is asked again after half a minute when the manifest could not be had", async () => {
    const test = unprepared({ retry: false });
    test.server.intercept = ({ path }) => (path === "/ojs/manifest" ? new Error("reset") : undefined);
    await Promise.all(many(test, 2));
    await turn();
    await Promise.all(many(test, 2));
    const asked = () => test.server.requests.filter(({ path }) => path === "/ojs/manifest").length;
    expect(asked()).toBe(1);
    test.clock.schedule(test.clock.now() + 30_000, () => undefined);
    test.clock.next();
    test.server.intercept = () => undefined;
    await Promise.all(many(test, 2));
    await turn();
    await Promise.all(many(test, 2));
    expect([asked(), test.server.sizes.at(-1)]).toEqual([2, 2]);
  });

  it.each([404, 405, 501])("is forgotten when it answers %i: every call goes by itself", async (status) => {
    const test = await bench();
    test.server.intercept = ({ path }) => (path.endsWith("/bulk") ? refusal(status, "not_found") : undefined);
    const jobs = await Promise.all(many(test, 3));
    expect(jobs.map(({ args }) => args)).toEqual([[0], [1], [2]]);
    await Promise.all(many(test, 2));
    expect(test.server.sizes).toEqual([3, 0, 0, 0, 0, 0]);
  });
});

describe("the outcome of each call", () => {
  it("is its own, with the error that a request of its own would have had", async () => {
    const test = await bench();
    test.server.verdict = (job, index) => (job.args[0] === 1 ? wrong(index) : undefined);
    const [first, second, third] = await Promise.allSettled(many(test, 3));
    expect([first?.status, third?.status]).toEqual(["fulfilled", "fulfilled"]);
    const error = second?.status === "rejected" ? second.reason : undefined;
    expect(error).toBeInstanceOf(OjsValidationError);
    expect(error).toMatchObject({
      code: "invalid_request",
      status: 400,
      message: "options.queue must be a name.",
      details: { field: "options.queue" },
      operation: "enqueue",
      jobId: jobsOf(test.server.posts[0]?.body)[1]?.id,
      attempts: 1,
      requestId: test.server.posts[0]?.headers["x-request-id"],
    });
  });

  it("is known also when all of them failed", async () => {
    const test = await bench();
    test.server.verdict = (_, index) => wrong(index);
    const outcomes = await Promise.allSettled(many(test, 2));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(test.server.sizes).toEqual([2]);
  });

  it("is refused before anything is sent when it cannot travel, and the others do", async () => {
    const test = await bench();
    const bad = test.client.enqueue("a.b", { n: Number.NaN });
    const good = many(test, 2);
    expect((await failureOf(bad)).details).toEqual({ field: "args[0].n" });
    await Promise.all(good);
    expect(test.server.sizes).toEqual([2]);
  });

  it.each([400, 413, 422])("does not suffer from a %i that is about the whole: each asks by itself", async (status) => {
    const test = await bench();
    test.server.intercept = ({ path }) => (path.endsWith("/bulk") ? refusal(status, "payload_too_large") : undefined);
    expect(await Promise.all(many(test, 3))).toHaveLength(3);
    expect(test.server.sizes).toEqual([3, 0, 0, 0]);
    await Promise.all(many(test, 2));
    expect(test.server.sizes.slice(4, 5)).toEqual([2]);
  });

  it.each([
    ["no outcomes", {}],
    ["too few outcomes", { items: [{ index: 0, status: "created", job: { id: "x" } }] }],
    ["outcomes in disorder", { items: [1, 0].map((index) => ({ index, status: "created", job: { id: "x" } })) }],
    ["outcomes without content", { items: [{ index: 0 }, { index: 1 }] }],
  ])("is asked for by itself after an answer with %s", async (_, body) => {
    const test = await bench();
    test.server.intercept = ({ path }) => (path.endsWith("/bulk") ? answer(200, body) : undefined);
    const jobs = await Promise.all(many(test, 2));
    expect(jobs.map(({ args }) => args)).toEqual([[0], [1]]);
  });

  it("is the request's own failure, as each one's own error", async () => {
    const test = await bench({ retry: false });
    test.server.intercept = () => refusal(401, "unauthorized");
    const errors = await Promise.all(many(test, 2).map(failureOf));
    expect(errors.map(({ code }) => code)).toEqual(["unauthorized", "unauthorized"]);
    const ids = jobsOf(test.server.posts[0]?.body).map(({ id }) => id);
    expect(errors.map(({ jobId }) => jobId)).toEqual(ids);
    expect(errors[0]).not.toBe(errors[1]);
  });
});

describe("a bulk that is sent again", () => {
  it("has the same ids, so that nothing is enqueued twice", async () => {
    const test = await bench();
    test.server.intercept = (_, posts) => (posts < 3 ? new Error("the answer got lost") : undefined);
    await test.clock.until(Promise.all(many(test, 3)));
    const [first, second, third] = test.server.posts.map(({ body }) => body);
    expect([second, third]).toEqual([first, first]);
  });

  it("takes a duplicate of itself for the success that it is", async () => {
    const test = await bench();
    const duplicate = { status: "failed", http_status: 409, error: { code: "duplicate", message: "exists" } };
    test.server.intercept = ({ method, path }, posts) => {
      if (method === "GET") return answer(200, { id: path.split("/").at(-1), type: "n.th", state: "active" });
      return posts < 2 ? new Error("reset") : undefined;
    };
    test.server.verdict = (_, index) => (index === 1 ? duplicate : undefined);
    const jobs = await test.clock.until(Promise.all(many(test, 2)));
    expect(jobs.map(({ state }) => state)).toEqual(["available", "active"]);
  });

  it("does not when it was sent once", async () => {
    const test = await bench();
    test.server.verdict = () => ({
      status: "failed",
      http_status: 409,
      error: { code: "duplicate", message: "exists" },
    });
    const [call] = many(test, 2).map(failureOf);
    expect(await call).toBeInstanceOf(OjsConflictError);
  });

  it("asks again for the jobs alone that had bad luck, after a pause", async () => {
    const test = await bench();
    const busy = { status: "failed", http_status: 503, retry_after_ms: 1_000, error: { code: "backend_error" } };
    test.server.verdict = (_, index) => (index === 1 ? busy : undefined);
    const start = test.clock.now();
    const jobs = await test.clock.until(Promise.all(many(test, 3)));
    expect(jobs.map(({ args }) => args)).toEqual([[0], [1], [2]]);
    expect(test.server.sizes).toEqual([3, 0]);
    expect(test.clock.now() - start).toBeGreaterThanOrEqual(1_000);
    const impatient = await bench({ retry: false });
    impatient.server.verdict = test.server.verdict;
    const [, refused] = await Promise.allSettled(many(impatient, 3));
    expect(refused).toMatchObject({ reason: { code: "backend_error", retryAfterMs: 1_000, retryable: true } });
  });
});

describe("a call that is aborted", () => {
  it("before it has left is not sent, and does not hold up the others", async () => {
    const test = await bench();
    const controller = new AbortController();
    const aborted = failureOf(test.client.enqueue("a.b", [9], {}, { signal: controller.signal }));
    const others = many(test, 2);
    controller.abort("changed my mind");
    expect(await aborted).toMatchObject({ code: "aborted", cause: "changed my mind", operation: "enqueue" });
    await Promise.all(others);
    expect(jobsOf(test.server.posts[0]?.body).map(({ args }) => args)).toEqual([[0], [1]]);
  });

  it("on the way is over at once, and the others get their answers", async () => {
    const test = await bench();
    test.server.hold();
    const controller = new AbortController();
    const aborted = failureOf(test.client.enqueue("a.b", [9], {}, { signal: controller.signal }));
    const others = many(test, 2);
    await turn();
    controller.abort();
    expect((await aborted).code).toBe("aborted");
    expect(test.server.posts[0]?.signal?.aborted).toBe(false);
    test.server.release();
    expect(await Promise.all(others)).toHaveLength(2);
  });

  it("together with all others calls the request off", async () => {
    const test = await bench();
    test.server.hold();
    const controllers = [new AbortController(), new AbortController()];
    const calls = controllers.map(({ signal }) => failureOf(test.client.enqueue("a.b", [], {}, { signal })));
    await turn();
    controllers[0]?.abort();
    expect(test.server.posts[0]?.signal?.aborted).toBe(false);
    controllers[1]?.abort();
    expect(test.server.posts[0]?.signal?.aborted).toBe(true);
    for (const call of calls) expect((await call).code).toBe("aborted");
    expect(test.clock.pending).toBe(0);
  });

  it("before it was made sends nothing", async () => {
    const test = await bench();
    const { code } = await failureOf(test.client.enqueue("a.b", [], {}, { signal: AbortSignal.abort() }));
    expect([code, test.server.requests.length]).toEqual(["aborted", 0]);
  });
});

describe("time", () => {
  it("of its own makes a call travel alone", async () => {
    const test = await bench();
    await Promise.all([...many(test, 2), test.client.enqueue("a.b", [], {}, { timeout: "1s" })]);
    expect(test.server.sizes.toSorted()).toEqual([0, 2]);
  });

  it("ends every call, sent or not, and leaves no timer behind", async () => {
    const test = await bench({ totalTimeout: "10s", timeout: "1m" });
    test.server.hold();
    const errors: Promise<OjsError>[] = [];
    for (let n = 0; n < 7; n += 1) {
      errors.push(...many(test, 2).map(failureOf));
      await turn();
    }
    expect(test.server.sizes).toEqual([2, 2, 2, 2]);
    const start = test.clock.now();
    for (const error of await test.clock.until(Promise.all(errors))) expect(error).toBeInstanceOf(OjsTimeoutError);
    expect(test.clock.now() - start).toBe(10_000);
    test.server.release();
    await turn();
    await turn();
    expect(test.clock.pending).toBe(0);
  });

  it("of one answer is the client's, and then the bulk is sent again", async () => {
    const test = await bench({ timeout: "2s", retry: { retries: 1 } });
    test.server.hold();
    const calls = Promise.all(many(test, 3).map(failureOf));
    const start = test.clock.now();
    for (const error of await test.clock.until(calls)) expect(error).toMatchObject({ code: "timeout", attempts: 2 });
    expect(test.server.sizes).toEqual([3, 3]);
    expect(test.clock.now() - start).toBeGreaterThanOrEqual(4_000);
  });
});
