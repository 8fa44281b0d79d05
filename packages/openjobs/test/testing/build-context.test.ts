import { defineJob, JobAbortError, type JobHandler } from "openjobs";
import { buildContext } from "openjobs/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

describe("a built context", () => {
  it("is of an active job in its first attempt", () => {
    const job = buildContext({ type: "email.send", args: { to: "ada" }, queue: "email", meta: { tenant: "a" } });
    expect(job).toMatchObject({
      type: "email.send",
      queue: "email",
      meta: { tenant: "a" },
      attempt: 1,
      maxAttempts: 3,
    });
    expect(job.arg("to")).toBe("ada");
    expect(job.job).toMatchObject({ state: "active", startedAt: expect.any(String), lease: 1 });
    expect(job.workflowId).toBeUndefined();
    expect(job.parentResults).toEqual([]);
    expect(job.resumeFrom).toBeUndefined();
    expect(job.workerId).toBe("test-worker");
    expect(job.signal.aborted).toBe(false);
  });

  it("is of the attempt, the workflow and the worker that the test says", () => {
    const job = buildContext({ attempt: 3, workflowId: "w", parentResults: [{ rows: 2 }], workerId: "me" });
    expect(job).toMatchObject({ attempt: 3, workflowId: "w", parentResults: [{ rows: 2 }], workerId: "me" });
    expect(job.job.errors).toHaveLength(2);
  });

  it("remembers what the handler did, taken apart or not", async () => {
    const handler: JobHandler = async ({ progress, log, heartbeat, metadata }) => {
      progress(0.5, { file: "a.csv" });
      progress({ current: 2, total: 2, message: "done" });
      log.warn("odd", { rows: 3 });
      await heartbeat();
      metadata.seen = true;
    };
    const job = buildContext({ type: "import.rows", id: "j" });
    await handler(job);
    expect(job.recorded).toMatchObject({
      progress: [
        { progress: 0.5, data: { file: "a.csv" } },
        { progress: 1, message: "done", data: { current: 2, total: 2 } },
      ],
      logs: [{ level: "warn", message: "odd", facts: { rows: 3, jobId: "j", type: "import.rows", attempt: 1 } }],
      heartbeats: 1,
    });
    expect(job.metadata).toEqual({ seen: true });
  });

  it("does the steps that are not done yet, and keeps JSON", async () => {
    const charges: string[] = [];
    const handler: JobHandler = async (job) => {
      const charge = await job.step("charge", () => charges.push("again"));
      return [charge, await job.step("ship", () => ({ at: new Date(0) }))];
    };
    const second = buildContext({ attempt: 2, steps: { charge: "ch_1" } });
    expect(await handler(second)).toEqual(["ch_1", { at: "1970-01-01T00:00:00.000Z" }]);
    expect(charges).toEqual([]);
    expect(second.recorded.steps).toEqual(["ship"]);
  });

  it("refuses steps in another order, as a worker does", async () => {
    const job = buildContext({ steps: { charge: undefined } });
    await expect(job.step("ship", () => 1)).rejects.toMatchObject({ name: "StepError", retryable: false });
    expect(job.recorded.steps).toEqual([]);
  });

  it("goes on from a checkpoint, and keeps the next ones", async () => {
    const job = buildContext({ resumeFrom: { cursor: 7 } });
    expect(job.resumeFrom).toEqual({ cursor: 7 });
    const state = { cursor: 8 };
    await job.checkpoint(state);
    state.cursor = 9;
    await job.checkpoint(state);
    expect(job.recorded.checkpoints).toEqual([{ cursor: 8 }, { cursor: 9 }]);
    await expect(job.step("a", () => 1)).rejects.toThrow("either steps or checkpoints");
  });

  it.each(["timeout", "cancelled", "lease_lost", "shutdown"] as const)("tells a handler to stop: %s", async (cause) => {
    const job = buildContext();
    const stopped = new Promise((resolve) => job.signal.addEventListener("abort", resolve));
    job.abort(cause);
    await stopped;
    expect(job.signal.reason).toBeInstanceOf(JobAbortError);
    expect(job.signal.reason).toMatchObject({ cause });
    await expect(job.heartbeat()).rejects.toThrow(JobAbortError);
    await expect(job.checkpoint(1)).rejects.toThrow(JobAbortError);
    expect(job.recorded).toMatchObject({ heartbeats: 0, steps: [], checkpoints: [] });
  });

  it("does things with what the test has for it", async () => {
    const { signal } = new AbortController();
    const job = buildContext({ signal, step: async (name, work) => [name, await work()] as never });
    expect(job.signal).toBe(signal);
    expect(await job.step("a", () => 1)).toEqual(["a", 1]);
    expect(job.recorded.steps).toEqual([]);
  });

  it("begins no step when it was told to stop", async () => {
    const job = buildContext();
    job.abort();
    await expect(job.step("a", () => 1)).rejects.toThrow(JobAbortError);
  });

  it("cannot have both steps and a checkpoint of an earlier attempt", () => {
    const both = (): unknown => buildContext({ steps: {}, resumeFrom: 1 });
    expect(both).toThrow(expect.objectContaining({ name: "OjsValidationError", details: { field: "resumeFrom" } }));
  });
});

describe("the context of a definition with a schema", () => {
  const remind = defineJob("user.remind", {
    args: z.object({ user: z.string(), at: z.iso.datetime().transform((text) => new Date(text)) }),
    queue: "mail",
  });

  it("has arguments as the schema makes them; the job has what travelled", () => {
    const at = "2026-01-01T00:00:00Z";
    const job = buildContext({ type: remind, args: { user: "ada", at } });
    expect(job.args[0].at).toEqual(new Date(at));
    expect(job.arg("at")).toEqual(new Date(at));
    expect(job.job.args).toEqual([{ user: "ada", at }]);
    expect(job.queue).toBe("mail");
  });

  it("is refused for arguments that do not fit, by their place", () => {
    const build = (): unknown => buildContext({ type: remind, args: { user: "ada", at: "tomorrow" } });
    expect(build).toThrow(expect.objectContaining({ name: "OjsValidationError", code: "invalid_payload" }));
    expect(build).toThrow("args[0].at");
  });

  it("is refused for a schema that needs time", () => {
    const slow = defineJob("slow", { args: z.object({}).refine(async () => true) });
    expect(() => buildContext({ type: slow, args: {} })).toThrow("asynchronous");
  });
});
