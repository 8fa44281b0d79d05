/** What a client makes of a receipt is what the whole job would have given it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeEnqueue } from "../../../src/core/codec/enqueue-encode.ts";
import type { EnqueueOptions } from "../../../src/core/codec/enqueue-options.ts";
import { decodeJob } from "../../../src/core/codec/job-decode.ts";
import { encodeJobAnswer } from "../../../src/core/codec/job-encode.ts";
import { decodeEnqueued, encodeReceipt } from "../../../src/core/codec/job-receipt.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { readJobRequest } from "../../../src/core/job-request.ts";
import { parseJson } from "../../../src/core/json.ts";
import { newJob } from "../../../src/core/lifecycle/enqueue.ts";
import { jobId } from "../../support/jobs.ts";
import { anyJson, anyObject } from "../../support/json-arbitraries.ts";
import { runsOf } from "../../support/runs.ts";

const NOW = Date.UTC(2026, 0, 1);

/** Beyond JSON: what JSON changes on its way. */
const anyArgs = fc.oneof(
  fc.array(anyJson, { maxLength: 4 }),
  anyObject,
  fc.constantFrom<unknown>(undefined, null, -0, [-0], new Date(NOW), [{ at: new Date(NOW) }], { toJSON: () => [1, 2] }),
);

const times = fc.constantFrom("2030-01-01T00:00:00.123456789+02:00", "2016-12-31T23:59:60Z", new Date(NOW + 5_000));

const anyOptions: fc.Arbitrary<EnqueueOptions> = fc.record(
  {
    queue: fc.constantFrom("default", "a.b-c"),
    priority: fc.constantFrom(0, -0, 7, -100, "high", "low", "normal"),
    scheduledAt: times,
    expiresAt: times,
    timeout: fc.constantFrom(0, 1_500, "5m"),
    visibilityTimeout: fc.constantFrom(1, "PT5M"),
    retry: fc.constantFrom({}, { maxAttempts: 0 }, { initialInterval: "2h", nonRetryableErrors: ["a.*"] }),
    unique: fc.constantFrom({}, { keys: ["type", "args"], period: "1h", onConflict: "ignore" }),
    tags: fc.constantFrom([], ["a", "é\u0000"]),
    meta: fc.oneof(anyObject, fc.constant({})),
    schema: fc.constant("urn:x"),
    pending: fc.boolean(),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<EnqueueOptions>;

function accepted(body: string): JobRecord {
  return newJob(readJobRequest(parseJson(body), { now: NOW }), { id: jobId(1), digest: "d", fingerprint: null }, NOW)
    .job;
}

describe("a receipt", () => {
  it("gives the same job as the full answer, whatever was sent", () => {
    fc.assert(
      fc.property(anyArgs, fc.option(anyOptions, { nil: undefined }), (args, options) => {
        const sent = encodeEnqueue({ id: jobId(1), type: "a.b", args, ...(options && { options }) }, NOW);
        const job = accepted(sent.body);
        const whole = decodeJob(JSON.parse(encodeJobAnswer(job)));
        expect(decodeEnqueued(JSON.parse(encodeReceipt(job)), sent)).toStrictEqual(whole);
        expect(decodeEnqueued(JSON.parse(encodeJobAnswer(job)), sent)).toStrictEqual(whole);
      }),
      { seed: 11, numRuns: runsOf("receipts of jobs") },
    );
  });

  it("gives a job of its own: it shares nothing with what was sent", () => {
    const args = [{ to: "a" }];
    const sent = encodeEnqueue({ id: jobId(1), type: "a.b", args }, NOW);
    const job = decodeEnqueued(JSON.parse(encodeReceipt(accepted(sent.body))), sent);
    args[0] = { to: "changed" };
    expect(job.args).toEqual([{ to: "a" }]);
  });

  it("is short", () => {
    const sent = encodeEnqueue({ id: jobId(1), type: "a.b", args: ["x".repeat(10_000)] }, NOW);
    expect(encodeReceipt(accepted(sent.body)).length).toBeLessThan(160);
  });

  it("is not taken for one when it is nothing", () => {
    const sent = encodeEnqueue({ id: jobId(1), type: "a.b" }, NOW);
    for (const wire of [undefined, null, {}, [], "job", { id: 7 }]) {
      expect(() => decodeEnqueued(wire, sent)).toThrow(expect.objectContaining({ code: "invalid_response" }));
    }
  });
});
