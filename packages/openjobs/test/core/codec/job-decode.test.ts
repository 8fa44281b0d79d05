import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeJob } from "../../../src/core/codec/job-decode.ts";
import { encodeJob, encodeJobAnswer } from "../../../src/core/codec/job-encode.ts";
import { readJobRequest } from "../../../src/core/job-request.ts";
import { newJob } from "../../../src/core/lifecycle/enqueue.ts";
import { aJob, jobId, T0 } from "../../support/jobs.ts";
import { anyJson } from "../../support/json-arbitraries.ts";
import { jobIn } from "../sample-job.ts";

const AT = "2026-01-01T00:00:00.000Z";

describe("decodeJob", () => {
  it("reads our own answer", () => {
    const request = readJobRequest(
      {
        type: "report.build",
        args: [{ id: 1 }],
        meta: { a: 1 },
        x_custom: [1],
        options: {
          timeout_ms: 5_000,
          visibility_timeout_ms: 6_000,
          expires_at: "2099-12-31T23:59:59Z",
          retry: { max_attempts: 2 },
          unique: { keys: ["args"], args_keys: ["id"], on_conflict: "ignore" },
          tags: ["t"],
        },
      },
      { now: T0 },
    );
    const record = aJob({
      ...newJob(request, { id: jobId(1), digest: null, fingerprint: null }, T0).job,
      state: "active",
      attempt: 1,
      lease: 3,
      workerId: "w",
      leaseUntil: T0,
      startedAt: T0,
    });
    expect(decodeJob(JSON.parse(encodeJobAnswer(record)))).toEqual({
      id: record.id,
      type: "report.build",
      queue: "default",
      state: "active",
      args: [{ id: 1 }],
      meta: { a: 1 },
      priority: 0,
      attempt: 1,
      maxAttempts: 2,
      tags: ["t"],
      createdAt: AT,
      enqueuedAt: AT,
      startedAt: AT,
      expiresAt: "2099-12-31T23:59:59Z",
      timeoutMs: 5_000,
      visibilityTimeoutMs: 6_000,
      retry: expect.objectContaining({ maxAttempts: 2, initialIntervalMs: 1_000 }),
      unique: { keys: ["args"], argsKeys: ["id"], onConflict: "ignore" },
      lease: 3,
      leaseExpiresAt: AT,
      workerId: "w",
      errors: [],
      extensions: { x_custom: [1] },
    });
  });

  it("reads a failed job", () => {
    const job = decodeJob(JSON.parse(encodeJob(jobIn("discarded"))));
    expect(job).toMatchObject({
      state: "discarded",
      error: { type: "handler_error", code: "handler_error", message: "broken", attempt: 1 },
      errors: [{ message: "broken", occurredAt: AT }],
      completedAt: AT,
      discardedAt: AT,
    });
  });

  it("reads flat and wrapped answers of other servers, and fills in what is missing", () => {
    const flat = { id: "1", type: "a", created_at: AT, timeout: 60, next_retry_at: AT };
    for (const answer of [flat, { job: flat }, { job: flat, ...flat }]) {
      expect(decodeJob(answer)).toEqual({
        id: "1",
        type: "a",
        queue: "default",
        state: "available",
        args: [],
        meta: {},
        priority: 0,
        attempt: 0,
        maxAttempts: 3,
        tags: [],
        createdAt: AT,
        enqueuedAt: AT,
        timeoutMs: 60_000,
        nextAttemptAt: AT,
        errors: [],
        extensions: {},
      });
    }
  });

  it.each([
    ["at the top", { workflow_id: "w" }],
    ["where the Rust SDK looks", { meta: { workflow_id: "w" } }],
  ])("finds the workflow %s", (_where, fields) => {
    expect(decodeJob({ id: "1", type: "a", ...fields }).workflowId).toBe("w");
  });

  it.each([
    ["the official cases", [{ n: 1 }, [2, null]]],
    ["ojs-workflows", { 0: { n: 1 }, 1: [2, null] }],
  ])("reads the results of the steps before as %s have them", (_who, parent_results) => {
    expect(decodeJob({ id: "1", type: "a", parent_results }).parentResults).toEqual([{ n: 1 }, [2, null]]);
    expect(decodeJob({ id: "1", type: "a", parent_results: {} }).parentResults).toEqual([]);
    expect(decodeJob({ id: "1", type: "a", parent_results: null }).parentResults).toBeUndefined();
  });

  it("reads all time limits, in milliseconds or in seconds", () => {
    const names = [
      "timeout",
      "visibility_timeout",
      "grace_period",
      "total_timeout",
      "enqueue_ttl",
      "heartbeat_timeout",
    ];
    const expected = {
      timeoutMs: 5_000,
      visibilityTimeoutMs: 5_000,
      gracePeriodMs: 5_000,
      totalTimeoutMs: 5_000,
      enqueueTtlMs: 5_000,
      heartbeatTimeoutMs: 5_000,
    };
    const seconds = Object.fromEntries(names.map((name) => [name, 5]));
    const milliseconds = Object.fromEntries(names.map((name) => [`${name}_ms`, 5_000]));
    expect(decodeJob({ id: "1", type: "a", ...seconds })).toMatchObject(expected);
    expect(decodeJob({ id: "1", type: "a", ...seconds, ...milliseconds })).toMatchObject(expected);
  });

  it("does not mistake an extension called job for the wrapper", () => {
    const job = decodeJob({ id: "1", type: "a", job: { id: "2", type: "b" } });
    expect(job).toMatchObject({ id: "1", extensions: { job: { id: "2" } } });
  });

  it("takes words that it does not know", () => {
    const job = decodeJob({
      id: "1",
      type: "a",
      state: "paused",
      unique: { on_conflict: "merge" },
      retry: { max_attempts: "x" },
    });
    expect(job.state).toBe("paused");
    expect(job.unique).toEqual({ keys: ["type"], onConflict: "merge" });
    expect(job.retry).toBeUndefined();
  });

  it("reads errors that have only one of type and code", () => {
    const errors = [{ code: "timeout", message: "late" }, { type: "TypeError" }, "text", null];
    expect(decodeJob({ id: "1", type: "a", errors }).errors).toEqual([
      { type: "timeout", code: "timeout", message: "late" },
      { type: "TypeError", code: "TypeError", message: "TypeError" },
    ]);
  });

  it("keeps unknown attributes, __proto__ included", () => {
    const job = decodeJob(JSON.parse('{"id":"1","type":"a","__proto__":{"x":1},"x_b":2}'));
    expect(Object.keys(job.extensions)).toEqual(["__proto__", "x_b"]);
    expect((job.extensions as { x?: number }).x).toBeUndefined();
  });

  it.each([[undefined], [null], [[]], [{}], [{ job: { id: 1 } }], [{ id: "1" }]])("refuses %j", (wire) => {
    expect(() => decodeJob(wire)).toThrow(expect.objectContaining({ code: "invalid_response" }));
  });

  it("reads a job with anything in its fields", () => {
    const names = ["queue", "state", "args", "meta", "errors", "error", "retry", "unique", "tags", "timeout", "job"];
    const fields = fc.dictionary(fc.constantFrom(...names), anyJson);
    fc.assert(
      fc.property(fields, (odd) => {
        const job = decodeJob({ id: "1", type: "a", ...odd });
        expect([Array.isArray(job.args), Array.isArray(job.errors), typeof job.state]).toEqual([true, true, "string"]);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });
});
