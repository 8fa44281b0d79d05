import { describe, expect, it } from "vitest";
import { encodeJob, encodeJobAnswer } from "../../../src/core/codec/job-encode.ts";
import { JOB_STATES, type JobRecord } from "../../../src/core/job.ts";
import { aDeadLetter, aJob, T0 } from "../../support/jobs.ts";
import { strictAnswerProblems, strictJobProblems } from "../../support/strict-decoder.ts";
import { jobIn } from "../sample-job.ts";

const AT = "2026-01-01T00:00:00.000Z";
const FAILURE = {
  type: "SmtpError",
  code: "handler_error",
  message: "no route",
  retryable: true,
  details: { host: "mx", big: [1, { n: null }] },
  backtrace: ["at a", "at b"],
  attempt: 1,
  occurred_at: AT,
};

function wire(job: JobRecord): Record<string, unknown> {
  return JSON.parse(encodeJob(job));
}

describe("encodeJob", () => {
  it("shows a waiting job without anything that it does not have", () => {
    const job = aJob({ priority: -5 });
    expect(wire(job)).toEqual({
      specversion: "1.0",
      id: job.id,
      type: "email.send",
      state: "available",
      queue: "default",
      args: ["a@example.com"],
      meta: {},
      priority: -5,
      attempt: 0,
      max_attempts: 3,
      created_at: AT,
      enqueued_at: AT,
    });
  });

  it("splices payloads and attributes without touching them", () => {
    const args = '[ 1.0, "\\ud800", {"__proto__":1e2} ]';
    const text = encodeJob(aJob({ args, meta: '{"b":1,"a":2}', attributes: '{"x_a":{"c":[]},"tags":["t"]}' }));
    expect(text).toContain(`"args":${args},"meta":{"b":1,"a":2},`);
    expect(text.endsWith(',"x_a":{"c":[]},"tags":["t"]}')).toBe(true);
  });

  it("shows the lease of an active job", () => {
    const job = aJob({
      state: "active",
      attempt: 1,
      lease: 7,
      workerId: 'w"1',
      leaseUntil: T0 + 30_000,
      startedAt: T0 + 5,
    });
    expect(wire(job)).toMatchObject({
      state: "active",
      started_at: "2026-01-01T00:00:00.005Z",
      lease: 7,
      worker_id: 'w"1',
      lease_expires_at: "2026-01-01T00:00:30.000Z",
    });
  });

  it("shows result and history of a completed job, but no error", () => {
    const job = aJob({ state: "completed", endedAt: T0, result: '{"ok":true}', errors: JSON.stringify([FAILURE]) });
    expect(wire(job)).toMatchObject({ completed_at: AT, result: { ok: true }, errors: [FAILURE] });
    expect(wire(job)).not.toHaveProperty("error");
    expect(wire(job)).not.toHaveProperty("discarded_at");
  });

  it.each([["false"], ["0"], ['""'], ["[]"]])("shows the result %s", (result) => {
    expect(JSON.stringify(wire(aJob({ state: "completed", endedAt: T0, result })).result)).toBe(result);
  });

  it("leaves out a null result", () => {
    expect(wire(aJob({ state: "completed", endedAt: T0, result: "null" }))).not.toHaveProperty("result");
  });

  it("shows the last error and the next attempt of a retryable job", () => {
    const errors = JSON.stringify([{ ...FAILURE, message: "first" }, FAILURE]);
    const job = aJob({ state: "retryable", attempt: 2, errors, retryDelayMs: 1_500, availableAt: T0 + 1_500 });
    expect(wire(job)).toMatchObject({
      error: FAILURE,
      errors: [{ message: "first" }, { message: "no route" }],
      retry_delay_ms: 1_500,
      next_attempt_at: "2026-01-01T00:00:01.500Z",
      next_retry_at: "2026-01-01T00:00:01.500Z",
    });
  });

  it("keeps the last delay on the job after its promotion, without a next attempt", () => {
    const job = wire(aJob({ state: "available", attempt: 1, retryDelayMs: 900 }));
    expect(job.retry_delay_ms).toBe(900);
    expect(job).not.toHaveProperty("next_attempt_at");
  });

  it("gives a discarded job both names of its end, unless it expired", () => {
    expect(wire(aDeadLetter())).toMatchObject({ completed_at: AT, discarded_at: AT });
    const expired = wire(aDeadLetter({ expired: true }));
    expect(expired.discarded_at).toBe(AT);
    expect(expired).not.toHaveProperty("completed_at");
  });

  it("shows when a job was cancelled", () => {
    const job = wire(aJob({ state: "cancelled", endedAt: T0 }));
    expect(job.cancelled_at).toBe(AT);
    expect(job).not.toHaveProperty("completed_at");
  });

  it.each(JOB_STATES)("suits strict readers in state %s", (state) => {
    expect(strictJobProblems(wire(jobIn(state)))).toEqual([]);
    expect(strictAnswerProblems(encodeJobAnswer(jobIn(state), { previous_state: "available" }))).toEqual([]);
  });
});

describe("encodeJobAnswer", () => {
  it("is readable wrapped and flat", () => {
    const job = aJob({ attributes: '{"x":1}' });
    const { job: wrapped, ...flat } = JSON.parse(encodeJobAnswer(job));
    expect(wrapped).toEqual(wire(job));
    expect(flat).toEqual(wire(job));
  });

  it("adds what only this answer has, in both shapes", () => {
    const answer = JSON.parse(encodeJobAnswer(aJob(), { previous_state: "pending" }));
    expect(answer).toMatchObject({ previous_state: "pending", job: { previous_state: "pending" } });
  });

  it("has only the wrapper when the client's own attribute is called job", () => {
    const job = aJob({ attributes: '{"job":{"id":"mine"}}' });
    expect(JSON.parse(encodeJobAnswer(job))).toEqual({ job: wire(job) });
  });

  it("is not misled by a job further down", () => {
    const answer = JSON.parse(encodeJobAnswer(aJob({ attributes: '{"x":{"job":1}}' })));
    expect(answer).toMatchObject({ id: expect.any(String), x: { job: 1 } });
  });
});
