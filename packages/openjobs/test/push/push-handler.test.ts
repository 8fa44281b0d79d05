import { DiscardError, defineJob, JobAbortError, type JobContext, type JobHandler, SnoozeError } from "openjobs";
import { createPushHandler, type PushHandler, type PushHandlerOptions } from "openjobs/push";
import { describe, expect, it, vi } from "vitest";
import { TestClock } from "../../src/testing/test-clock.ts";
import { NOW, pushCall, SECRET } from "./signed-request.ts";

/** Looked for every millisecond: WebCrypto and sockets take their own time. */
const SOON = { interval: 1, timeout: 10_000 };

const clock = new TestClock(NOW);

function handlerOf(run: JobHandler, more: Partial<PushHandlerOptions> = {}): PushHandler {
  return createPushHandler({ secrets: SECRET, handlers: { "mail.send": run }, clock, ...more });
}

async function answerOf(handler: PushHandler, request: Request) {
  const response = await handler(request);
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

describe("a push handler", () => {
  it("runs the handler with the job, and answers what it returned", async () => {
    let seen: JobContext | undefined;
    const handler = handlerOf((job) => {
      seen = job;
      return { to: job.arg("to") };
    });
    const { status, headers, body } = await answerOf(handler, pushCall());
    expect([status, headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(body).toEqual({ status: "completed", result: { to: "é" } });
    expect(seen).toMatchObject({ type: "mail.send", attempt: 1, workerId: "push_worker_1", queue: "default" });
    await expect(seen?.heartbeat()).resolves.toBeUndefined();
    await expect(seen?.checkpoint(1)).rejects.toMatchObject({ code: "unsupported" });
  });

  it.each([
    [new TypeError("refused"), { type: "TypeError", code: "handler_error", message: "refused", retryable: true }],
    [new DiscardError("never"), { type: "DiscardError", code: "DISCARD", message: "never", retryable: false }],
    [new SnoozeError("5m"), { code: "SNOOZE", retry_after_ms: 300_000 }],
    ["a word", { type: "NonError" }],
  ])("answers %s as a failed attempt", async (thrown, error) => {
    const handler = handlerOf(() => {
      throw thrown;
    });
    expect(await answerOf(handler, pushCall())).toMatchObject({ status: 200, body: { status: "failed", error } });
  });

  it("fails jobs that nobody handles, and results that no answer can carry", async () => {
    const big = handlerOf(() => "x".repeat(1_048_577));
    expect((await answerOf(big, pushCall())).body.error).toMatchObject({ code: "result_rejected", retryable: false });
    const unknown = await answerOf(big, pushCall({ job: { type: "other" }, deliveryId: "del_2" }));
    expect(unknown).toMatchObject({ status: 200, body: { error: { code: "handler_not_found", retryable: true } } });
  });

  it("puts middleware around handlers, and holds defined types to their schemas", async () => {
    const seen: string[] = [];
    const note = (name: string) => ({
      name,
      execute: async (job: JobContext, next: () => Promise<unknown>) => {
        seen.push(`${name} ${job.type}`);
        return { by: name, result: await next() };
      },
    });
    const mail = defineJob<{ to: string }, number>("mail.send");
    const handler = createPushHandler({ secrets: SECRET, clock, middleware: [note("outer"), note("inner")] });
    handler.register(mail, ({ args: [{ to }] }) => to.length);
    expect((await answerOf(handler, pushCall())).body.result).toEqual({
      by: "outer",
      result: { by: "inner", result: 1 },
    });
    expect(seen).toEqual(["outer mail.send", "inner mail.send"]);
  });
});

describe("the time of a pushed job", () => {
  it.each([
    ["as the server says", { headers: { "x-ojs-timeout-ms": "10000" } }, 9_000],
    ["as the job says", { job: { timeout_ms: 5_000 }, headers: { "x-ojs-timeout-ms": "10000" } }, 5_000],
  ])("ends %s, with an answer that still arrives", async (_, call, after) => {
    const own = new TestClock(NOW);
    const causes: unknown[] = [];
    const handler = handlerOf(
      (job) =>
        new Promise((resolve) => {
          job.signal.addEventListener("abort", () =>
            causes.push(job.signal.reason instanceof JobAbortError && job.signal.reason.cause),
          );
          void resolve; // it does not listen to anybody
        }),
      { clock: own },
    );
    const answer = answerOf(handler, pushCall(call));
    await vi.waitFor(() => expect(own.nextAlarm).toBeDefined(), SOON);
    await own.advance(after - 1);
    expect(causes).toEqual([]);
    await own.advance(1);
    expect(causes).toEqual(["timeout"]);
    await own.advance(500);
    expect((await answer).body).toMatchObject({ status: "failed", error: { code: "timeout" } });
  });

  it("ends when the server ends the call", async () => {
    const call = new AbortController();
    const own = new TestClock(NOW);
    let cause: unknown;
    let started = false;
    const handler = handlerOf(
      (job) =>
        new Promise((_, reject) => {
          started = true;
          job.signal.addEventListener("abort", () => {
            cause = job.signal.reason.cause;
            reject(job.signal.reason);
          });
        }),
      { clock: own },
    );
    const answer = answerOf(handler, pushCall({ signal: call.signal }));
    await vi.waitFor(() => expect(started).toBe(true), SOON);
    call.abort();
    expect([(await answer).status, cause]).toEqual([503, "lease_lost"]);
    expect(own.nextAlarm).toBeUndefined();
  });
});

describe("a delivery that comes twice", () => {
  it("is done once, and answered the same, also while it is under way", async () => {
    let runs = 0;
    let finish = (): void => undefined;
    const handler = handlerOf(
      () =>
        new Promise<number>((resolve) => {
          runs += 1;
          finish = () => resolve(runs);
        }),
    );
    const twice = Promise.all([answerOf(handler, pushCall()), answerOf(handler, pushCall())]);
    await vi.waitFor(() => expect(runs).toBe(1), SOON);
    finish();
    for (const answer of await twice)
      expect(answer).toMatchObject({ status: 200, body: { status: "completed", result: 1 } });
    // Which of them ran: their signatures are checked at the same time, and either can be the first.
    const replayed = (await twice).map(({ headers }) => headers.get("x-ojs-replayed"));
    expect(new Set(replayed)).toEqual(new Set([null, "true"]));
    const other = answerOf(handler, pushCall({ deliveryId: "del_2" }));
    await vi.waitFor(() => expect(runs).toBe(2), SOON);
    finish();
    expect((await other).body.result).toBe(2);
  });

  it("cannot pass for another one by its header, which nobody signs", async () => {
    const run = vi.fn(() => 1);
    const handler = handlerOf(run);
    await handler(pushCall());
    await handler(pushCall({ headers: { "x-ojs-delivery-id": "del_other" } }));
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("is forgotten when there is no room, the oldest first", async () => {
    const run = vi.fn(() => 1);
    const handler = handlerOf(run, { remember: 2 });
    for (const deliveryId of ["a", "b", "c", "c", "b", "a"]) await handler(pushCall({ deliveryId }));
    expect(run).toHaveBeenCalledTimes(4);
  });

  it("is done by one instance when they share a store, and the others do not end the job", async () => {
    const ids = new Map<string, number>();
    const store = {
      add: (id: string, keepSeconds: number) => !ids.has(id) && ids.set(id, keepSeconds).size > 0,
    };
    const run = vi.fn(() => 1);
    const headers = { "x-ojs-idempotency-window": "990" };
    expect((await handlerOf(run, { store })(pushCall({ headers }))).status).toBe(200);
    const other = await answerOf(handlerOf(run, { store }), pushCall({ headers }));
    expect(other).toMatchObject({ status: 503, body: { error: { retryable: true, details: { reason: "replayed" } } } });
    expect(run).toHaveBeenCalledTimes(1);
    expect([...ids]).toEqual([["del_1", 990]]);
  });

  it("is tried again when the store has failed", async () => {
    let broken = true;
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const add = async () => {
      if (broken) throw new Error("away");
      return true;
    };
    const handler = handlerOf(() => 1, { store: { add }, logger });
    expect(await answerOf(handler, pushCall())).toMatchObject({
      status: 500,
      body: { error: { code: "internal_error" } },
    });
    expect(logger.error).toHaveBeenCalledTimes(1);
    broken = false;
    expect((await answerOf(handler, pushCall())).body.status).toBe("completed");
  });
});

describe("a request that is no call of the server", () => {
  const run = vi.fn(() => 1);
  const stream = (): ReadableStream<Uint8Array> =>
    new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_024)) });

  it.each([
    ["is not signed", () => pushCall({ headers: { "x-ojs-signature": "" } }), 401, "unauthorized"],
    ["was changed", () => pushCall({ signed: '{"a":1}', sent: '{"a":2}' }), 401, "unauthorized"],
    ["has one byte more", () => pushCall({ signed: '{"a":1}', sent: '{"a":1} ' }), 401, "unauthorized"],
    ["was signed by somebody else", () => pushCall({ secrets: ["whsec_another"] }), 401, "unauthorized"],
    [
      "has another time than was signed",
      () => pushCall({ headers: { "x-ojs-timestamp": String(NOW / 1_000 + 1) } }),
      401,
      "unauthorized",
    ],
    ["is old", () => pushCall({ at: NOW - 301_000 }), 401, "unauthorized"],
    ["is of the future", () => pushCall({ at: NOW + 301_000 }), 401, "unauthorized"],
    ["is no JSON", () => pushCall({ signed: "hello" }), 400, "invalid_payload"],
    ["has no delivery id", () => pushCall({ signed: '{"job":{"id":"a","type":"mail.send"}}' }), 400, "invalid_request"],
    ["has no job", () => pushCall({ signed: '{"delivery_id":"d"}' }), 400, "invalid_request"],
    ["is too large", () => pushCall({ signed: "x".repeat(2_001) }), 413, "payload_too_large"],
    [
      "does not end",
      () => new Request("https://f.example", { method: "POST", body: stream(), duplex: "half" }),
      413,
      "payload_too_large",
    ],
    ["is a look", () => new Request("https://f.example"), 405, "method_not_allowed"],
  ])("%s: is refused in words, and nothing is run", async (_, request, status, code) => {
    const answer = await answerOf(handlerOf(run, { maxBytes: 2_000 }), request());
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.body.error.hint).toBeTruthy();
    expect(run).not.toHaveBeenCalled();
  });

  it("says that its body was read before", async () => {
    const request = pushCall();
    await request.text();
    expect((await answerOf(handlerOf(run), request)).body.error).toMatchObject({ details: { field: "body" } });
  });

  it.each([
    [{ secrets: [] }, "secrets"],
    [{ secrets: "" }, "secrets"],
    [{ secrets: [SECRET, ""] }, "secrets"],
    [{ secrets: SECRET, maxAge: 0 }, "maxAge"],
  ])("cannot come about: %j is refused", (options, field) => {
    expect(() => createPushHandler(options)).toThrow(expect.objectContaining({ details: { field } }));
  });

  it("counts while secrets are replaced, on either side", async () => {
    const both = handlerOf(() => 1, { secrets: ["whsec_new", SECRET] });
    expect((await both(pushCall({ secrets: [SECRET] }))).status).toBe(200);
    expect((await both(pushCall({ secrets: ["whsec_new"] }))).status).toBe(200);
    expect((await handlerOf(() => 1)(pushCall({ secrets: ["whsec_new", SECRET] }))).status).toBe(200);
  });

  it("counts within the time that is set, at its very edge", async () => {
    const handler = handlerOf(() => 1, { maxAge: "10s" });
    const statuses = await Promise.all(
      [-10_000, 10_000, -11_000, 11_000].map(async (away) => (await handler(pushCall({ at: NOW + away }))).status),
    );
    expect(statuses).toEqual([200, 200, 401, 401]);
  });
});
