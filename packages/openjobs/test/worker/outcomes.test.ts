import { describe, expect, it } from "vitest";
import {
  DeadLetterError,
  DiscardError,
  JobAbortError,
  type JobContext,
  type JobHandler,
  type WorkerOptions,
} from "../../src/index.ts";
import { obedient, startedBench, stubborn, ways } from "./bench.ts";
import { refuse, wireJob } from "./stub-server.ts";

describe.each(ways)("an outcome that travels %s", (way) => {
  const begin = (handler: JobHandler, options: WorkerOptions = {}) => startedBench(handler, options, {}, way);

  /** Runs one job and returns what the server was told. */
  async function told(handler: JobHandler, fields: object = {}, ms = 0) {
    const made = await begin(handler);
    made.server.push(wireJob({ lease: 7, ...fields }));
    await made.clock.advance(ms);
    return { ...made, ack: made.server.of("ack")[0]?.body, nack: made.server.of("nack")[0]?.body };
  }

  describe("a handler that returns", () => {
    it("completes its job with the result, under the lease of the claim", async () => {
      const { ack, nack, server, worker } = await told(async () => ({ sent: true, to: ["a"] }));
      expect(ack).toEqual({
        job_id: server.of("ack")[0]?.body.job_id,
        worker_id: worker.id,
        lease: 7,
        result: { sent: true, to: ["a"] },
      });
      expect(nack).toBeUndefined();
    });

    it.each<[string, unknown, unknown]>([
      ["nothing", undefined, undefined],
      ["null", null, null],
      ["0", 0, 0],
      ["a text with NUL and half a character", "a\u0000\ud800", "a\u0000\ud800"],
      ["undefined members", { a: 1, b: undefined }, { a: 1 }],
      ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ])("may return %s", async (_, value, travelled) => {
      const { ack, nack } = await told(() => value);
      expect(ack.result).toEqual(travelled);
      expect(nack).toBeUndefined();
    });

    it("is fenced by the attempt where the server gives no lease", async () => {
      const { ack } = await told(() => 1, { lease: undefined, attempt: 2 });
      expect(ack).toMatchObject({ attempt: 2 });
      expect(ack).not.toHaveProperty("lease");
    });

    it.each<[string, () => unknown]>([
      ["a circle", () => circle()],
      ["a bigint", () => 1n],
      ["a function", () => () => 1],
      ["a value whose toJSON throws", () => ({ toJSON: () => Promise.reject.call(undefined) })],
    ])("fails for good when it returns %s: trying again would produce it again", async (_, make) => {
      const { ack, nack } = await told(make);
      expect(ack).toBeUndefined();
      expect(nack).toMatchObject({
        requeue: false,
        error: { type: "result_rejected", code: "result_rejected", retryable: false },
      });
    });

    it.each([400, 413, 422])("fails for good when the server refuses its result with %d", async (status) => {
      const made = await begin(() => "x".repeat(100));
      made.server.replies.ack = () => refuse(status, "payload_too_large");
      made.server.push(wireJob());
      await made.clock.advance(5_000);
      expect(made.server.of("ack")).toHaveLength(1);
      expect(made.server.of("nack").map(({ body }) => body.error)).toEqual([
        expect.objectContaining({ type: "result_rejected", retryable: false }),
      ]);
      expect(made.worker.activeJobs).toBe(0);
    });
  });

  describe("a handler that throws", () => {
    it("fails its attempt with type, message and a bounded backtrace", async () => {
      class SmtpError extends Error {
        override readonly name = "SmtpError";
      }
      const { nack, worker } = await told(async () => {
        throw new SmtpError("connection refused");
      });
      expect(nack).toMatchObject({
        worker_id: worker.id,
        lease: 7,
        requeue: false,
        error: { type: "SmtpError", code: "handler_error", message: "connection refused", retryable: true },
      });
      expect(nack.error.backtrace[0]).toMatch(/^at /);
      expect(nack.error.backtrace.length).toBeLessThanOrEqual(50);
    });

    it("may do so before its first await", async () => {
      const { nack } = await told(() => {
        throw new TypeError("at once");
      });
      expect(nack.error).toMatchObject({ type: "TypeError", message: "at once" });
    });

    it.each<[string, unknown, RegExp]>([
      ["a text", "oops", /"oops"/],
      ["undefined", undefined, /undefined/],
      ["null", null, /null/],
      ["an object", { code: 7 }, /\{"code":7\}/],
      ["a circle", circle(), /an object/],
      ["a symbol", Symbol("s"), /Symbol\(s\)/],
      ["a proxy that throws", new Proxy({}, { get: () => fail(), getPrototypeOf: () => fail() }), /could not be read/],
    ])("may throw %s", async (_, thrown, message) => {
      const { nack } = await told(() => {
        throw thrown;
      });
      expect(nack.error.message).toMatch(message);
      expect(nack.error).toMatchObject({ code: "handler_error", retryable: true });
    });

    it("decides by the error whether it is worth another try", async () => {
      const errorFor = async (error: unknown) => (await told(() => Promise.reject(error))).nack.error;
      expect(await errorFor(Object.assign(new Error("no"), { retryable: false }))).toMatchObject({ retryable: false });
      expect(await errorFor(new DiscardError("no recipient", { type: "email.no_recipient" }))).toMatchObject({
        code: "DISCARD",
        type: "email.no_recipient",
        retryable: false,
      });
      expect(await errorFor(new DeadLetterError("stolen card"))).toMatchObject({
        code: "DEAD_LETTER",
        type: "DeadLetterError",
        retryable: false,
      });
    });
  });

  describe("a job without a handler", () => {
    it("fails, and its policy decides: during a deployment another worker may know the type", async () => {
      const { nack } = await told(() => 1, { type: "nobody.knows" });
      expect(nack).toMatchObject({ requeue: false, error: { code: "handler_not_found", retryable: true } });
      expect(nack.error.message).toContain("nobody.knows");
    });
  });

  describe("the execution timeout", () => {
    it("aborts the signal and fails the attempt", async () => {
      let reason: unknown;
      const { nack, clock } = await told(
        (job) => {
          job.signal.addEventListener("abort", () => {
            reason = job.signal.reason;
          });
          return obedient(job);
        },
        { timeout_ms: 5_000 },
        5_000,
      );
      expect(reason).toBeInstanceOf(JobAbortError);
      expect((reason as JobAbortError).cause).toBe("timeout");
      expect(nack).toMatchObject({ requeue: false, error: { type: "timeout", code: "timeout", retryable: true } });
      expect(clock.nextAlarm).toBeDefined();
    });

    it("frees the slot of a handler that does not stop, a second later", async () => {
      const { server, clock, worker } = await told(stubborn, { timeout_ms: 5_000 }, 5_999);
      expect(worker.activeJobs).toBe(1);
      expect(server.of("nack")).toHaveLength(0);
      await clock.advance(1);
      expect(server.of("nack")[0]?.body.error.type).toBe("timeout");
      expect(worker.activeJobs).toBe(0);
    });

    it.each(["returns", "throws"])("ignores what such a handler %s in the end", async (how) => {
      let end = (): void => undefined;
      const { server, clock } = await told(
        () =>
          new Promise((resolve, reject) => {
            end = () => (how === "returns" ? resolve("late") : reject(new Error("late")));
          }),
        { timeout_ms: 5_000 },
        6_000,
      );
      end();
      await clock.advance(1_000);
      expect(server.of("nack")).toHaveLength(1);
      expect(server.of("ack")).toHaveLength(0);
    });

    it("takes a success that comes while the handler is asked to stop: its work is done", async () => {
      const { ack, nack } = await told(
        ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve("done after all"))),
        { timeout_ms: 5_000 },
        5_000,
      );
      expect(ack).toMatchObject({ result: "done after all" });
      expect(nack).toBeUndefined();
    });

    it("leaves no timer behind when the job ends in time", async () => {
      const { worker, clock, server } = await told(() => 1, { timeout_ms: 86_400_000 });
      expect(server.acked).toHaveLength(1);
      const stopping = worker.stop();
      await clock.advance(1_000);
      await stopping;
      expect(clock.nextAlarm).toBeUndefined();
    });
  });

  describe("what a handler sees", () => {
    it("is the job, its arguments by place and by name, and the worker", async () => {
      let seen: JobContext | undefined;
      const { worker } = await told(
        (job) => {
          seen = job;
        },
        { args: [{ to: "ada", __proto__: null }], meta: { trace: "t" }, attempt: 2, max_attempts: 5, queue: "mail" },
      );
      expect(seen).toMatchObject({
        type: "test.job",
        queue: "mail",
        args: [{ to: "ada" }],
        meta: { trace: "t" },
        attempt: 2,
        maxAttempts: 5,
        workerId: worker.id,
      });
      expect(seen?.arg("to")).toBe("ada");
      expect(seen?.arg("toString")).toBeUndefined();
      expect(seen?.arg("cc")).toBeUndefined();
      expect(seen?.job.id).toBe(seen?.id);
      expect(seen?.signal.aborted).toBe(false);
      expect(seen?.workflowId).toBeUndefined();
      expect(seen?.parentResults).toEqual([]);
    });

    it("is also the workflow and what the steps before have returned", async () => {
      const seen: JobContext[] = [];
      const results = [{ path: "a.csv" }, null, ["b", 3]];
      await told((job) => void seen.push(job), { workflow_id: "wf-1", parent_results: results });
      expect(seen).toMatchObject([{ workflowId: "wf-1", parentResults: results }]);
    });
  });
});

function circle(): object {
  const self: { self?: object } = {};
  self.self = self;
  return self;
}

function fail(): never {
  throw new Error("hostile");
}
