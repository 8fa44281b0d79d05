import { describe, expect, it } from "vitest";
import {
  DeadLetterError,
  DiscardError,
  type FailureReport,
  type JobHandler,
  OjsValidationError,
  RetryError,
  SnoozeError,
  type WorkerOptions,
} from "../../src/index.ts";
import { startedBench, ways } from "./bench.ts";
import { serverBench } from "./server-bench.ts";
import { wireJob } from "./stub-server.ts";

const throwing =
  (error: unknown): JobHandler =>
  () => {
    throw error;
  };

describe.each(ways)("an outcome error that travels %s", (way) => {
  async function told(error: unknown, options: WorkerOptions = {}) {
    const made = await startedBench(throwing(error), options, {}, way);
    made.server.push(wireJob());
    await made.clock.advance(0);
    return { ...made, nack: made.server.of("nack")[0]?.body };
  }

  it("asks for the next attempt after a delay of its own", async () => {
    const { nack } = await told(new RetryError({ after: "90s", message: "slow down", type: "api.busy" }));
    expect(nack).toMatchObject({ requeue: false });
    expect(nack.error).toMatchObject({
      ...{ type: "api.busy", code: "RETRY", message: "slow down" },
      ...{ retryable: true, retry_after_ms: 90_000 },
    });
    expect(nack.error).not.toHaveProperty("retryAfterMs");
  });

  it("snoozes in words that a server which does not know them takes for a failed attempt", async () => {
    const { nack } = await told(new SnoozeError("5m"));
    expect(nack).toMatchObject({ requeue: false });
    expect(nack.error).toMatchObject({
      ...{ type: "SnoozeError", code: "SNOOZE", message: "the handler asked to run later" },
      ...{ retryable: true, retry_after_ms: 300_000 },
    });
  });

  it("carries the handler's facts and the errors behind it", async () => {
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    const { nack } = await told(new DeadLetterError("no way", { details: { host: "db" }, cause }));
    expect(nack.error.details).toEqual({
      host: "db",
      causes: [{ type: "Error", code: "ECONNREFUSED", message: "refused" }],
    });
  });

  it("keeps its decision when its facts cannot be written", async () => {
    const details: Record<string, unknown> = {};
    details.self = details;
    const { nack } = await told(new DiscardError("no", { details }));
    expect(nack.error).toMatchObject({ code: "DISCARD", retryable: false, details: { unreadable: true } });
  });
});

describe("any other error", () => {
  async function reported(error: unknown, options: WorkerOptions = {}) {
    const made = await startedBench(throwing(error), options);
    made.server.push(wireJob());
    await made.clock.advance(0);
    return { error: made.server.of("nack")[0]?.body.error, complaints: made.complaints() };
  }

  it("brings its code, and the name of its class when it has none of its own", async () => {
    class SmtpError extends Error {}
    const { error } = await reported(Object.assign(new SmtpError("no route"), { code: "EHOSTUNREACH" }));
    expect(error).toMatchObject({ type: "SmtpError", code: "EHOSTUNREACH", message: "no route", retryable: true });
  });

  it.each(["RETRY", "DISCARD", "DEAD_LETTER", "FAIL", "SNOOZE"])(
    "does not order the server about with a code that happens to be %s",
    async (code) => {
      const { error } = await reported(Object.assign(new Error("no"), { code, retry_after_ms: 1, retryAfterMs: 1 }));
      expect(error).toMatchObject({ code: "handler_error", retryable: true });
      expect(error).not.toHaveProperty("retry_after_ms");
    },
  );

  it.each<[string, unknown]>([
    ["a number", 404],
    ["empty", ""],
    ["absent", undefined],
  ])("has the usual code when its own is %s", async (_, code) => {
    expect((await reported(Object.assign(new Error("no"), { code }))).error.code).toBe("handler_error");
  });

  it("tells the chain of its causes, nearest first and no more than five", async () => {
    let deep: Error = new TypeError("the reason");
    for (let level = 1; level <= 9; level += 1) deep = new RangeError(`level ${level}`, { cause: deep });
    const { error } = await reported(deep);
    expect(error.details.causes).toEqual(
      [8, 7, 6, 5, 4].map((level) => ({ type: "RangeError", message: `level ${level}` })),
    );
  });

  it("tells what it gathers, and comes to an end where causes go round in a circle", async () => {
    const first = new Error("first");
    const second = new TypeError("second", { cause: first });
    first.cause = second;
    const { error } = await reported(new AggregateError([second, "text"], "several"));
    expect(error.details.causes).toEqual([
      { type: "TypeError", message: "second" },
      { type: "NonError", message: "text" },
      { type: "Error", message: "first" },
    ]);
  });

  it("leaves its backtrace at home when the worker is told to", async () => {
    const { error } = await reported(new Error("no"), { backtrace: false });
    expect(error).toEqual({ type: "Error", code: "handler_error", message: "no", retryable: true });
  });

  it("is told as the worker's user wants it told; what decides stays", async () => {
    const redactError = (report: FailureReport): FailureReport => ({
      ...{ ...report, code: "ok", retryable: true, retryAfterMs: 1 },
      message: report.message.replace(/\d{4,}/g, "****"),
    });
    const { error } = await reported(new DiscardError("card 4242424242424242"), { redactError, backtrace: false });
    expect(error).toEqual({
      type: "DiscardError",
      code: "DISCARD",
      message: "card ****",
      retryable: false,
      retry_after_ms: 1,
    });
  });

  it.each<[string, WorkerOptions["redactError"]]>([
    ["throws", () => throwing(new Error("oops"))({} as never) as never],
    ["returns what cannot travel", (report) => ({ ...report, details: { big: 1n } })],
  ])("tells nothing but its type when the redaction %s", async (_, redactError) => {
    const { error, complaints } = await reported(
      new TypeError("secret"),
      redactError === undefined ? {} : { redactError },
    );
    expect(error).toEqual({
      ...{ type: "TypeError", code: "handler_error", retryable: true },
      message: "the message was withheld because redactError failed",
    });
    expect(complaints[0]).toMatch(/redactError threw/);
  });
});

it("refuses a delay that is none, where it is made", () => {
  expect(() => new SnoozeError("soon")).toThrow(OjsValidationError);
  expect(() => new RetryError({ after: -1 })).toThrow(OjsValidationError);
});

describe("on the real server", () => {
  const at = serverBench();

  async function working(handler: JobHandler) {
    const { worker, pass } = at();
    const made = worker();
    made.register("test.job", handler);
    await made.start();
    await pass(0);
  }

  it("a job can be snoozed more often than it has attempts", async () => {
    const { client, pass } = at();
    let runs = 0;
    await working(() => {
      runs += 1;
      if (runs < 5) throw new SnoozeError("10s");
      return "done";
    });
    const { id } = await client.enqueue("test.job", [], { retry: { maxAttempts: 1 } });
    await pass(0);
    expect(await client.getJob(id)).toMatchObject({ state: "retryable", attempt: 1, errors: [] });
    await pass(9_999);
    expect(runs).toBe(1);
    await pass(30_001);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", attempt: 5, result: "done", errors: [] });
  });

  it("an attempt can choose when the next one starts, and counts", async () => {
    const { client, pass } = at();
    await working(() => {
      throw new RetryError({ after: "1m" });
    });
    const { id } = await client.enqueue("test.job", [], { retry: { maxAttempts: 2 } });
    await pass(0);
    expect(await client.getJob(id)).toMatchObject({ state: "retryable", attempt: 1, retryDelayMs: 60_000 });
    await pass(60_000);
    const { state, errors } = await client.getJob(id);
    expect(state).toBe("discarded");
    expect(errors).toMatchObject([{ type: "RetryError", code: "RETRY" }, { type: "RetryError" }]);
  });
});
