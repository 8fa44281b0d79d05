import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeJob, encodeJobAnswer } from "../../src/core/codec/job-encode.ts";
import { OjsError } from "../../src/core/errors.ts";
import { type NewJob, readJobRequest } from "../../src/core/job-request.ts";
import { parseJson, stringifyJson } from "../../src/core/json.ts";
import { newJob } from "../../src/core/lifecycle/enqueue.ts";
import { jobId, T0 } from "../support/jobs.ts";
import { anyJson, anyObject, anyText } from "../support/json-arbitraries.ts";
import { runsOf } from "../support/runs.ts";
import { strictAnswerProblems } from "../support/strict-decoder.ts";

const NOW = Date.UTC(2026, 0, 1);

const names = [
  "type",
  "args",
  "id",
  "meta",
  "options",
  "queue",
  "priority",
  "timeout",
  "timeout_ms",
  "visibility_timeout",
  "scheduled_at",
  "delay",
  "delay_until",
  "expires_at",
  "retry",
  "retry_policy",
  "unique",
  "schema",
  "tags",
  "pending",
  "specversion",
  "state",
  "error",
  "result",
  "job",
  "attempt",
  "metadata",
  "x_custom",
  "__proto__",
  "constructor",
];

const plausible = fc.constantFrom<unknown>(
  "email.send",
  [],
  {},
  null,
  0,
  -1,
  5,
  1.5,
  true,
  "PT5M",
  "+PT2S",
  "2030-01-01T00:00:00Z",
  "1.0",
  ["a"],
  { max_attempts: 2 },
  { initial_interval: "PT1S" },
  { keys: ["type"] },
  { key: ["x"] },
  { id: "x" },
  "queue-1",
);

const field = fc.tuple(fc.constantFrom(...names), fc.oneof(plausible, anyJson));
const members = fc.array(field, { maxLength: 8 }).map((entries) => Object.fromEntries(entries));
const request = fc
  .tuple(members, members, fc.boolean())
  .map(([body, options, valid]) => ({ ...body, options, ...(valid ? { type: "email.send", args: [1] } : {}) }));

/** Options that are nearly always acceptable, so that what is accepted is looked at closely. */
const acceptable = fc.record(
  {
    queue: fc.constantFrom("default", "a.b-c"),
    priority: fc.integer({ min: -100, max: 100 }),
    timeout: fc.integer({ min: 0, max: 100 }),
    visibility_timeout_ms: fc.integer({ min: 0, max: 100_000 }),
    delay_until: fc.constantFrom("+PT2S", "2016-12-31T23:59:60Z", "2030-01-01t00:00:00.123456789z"),
    expires_at: fc.constantFrom("P1Y", "0001-01-01T00:00:00+01:00"),
    retry: fc.constantFrom({}, { max_attempts: 0 }, { initial_interval_ms: 5, backoff_strategy: "linear", x: null }),
    unique: fc.constantFrom({}, { key: ["type"] }, { on_conflict: "use_existing", states: null }, { period_ms: 1 }),
    tags: fc.array(anyText.filter((tag) => tag !== "")),
    metadata: anyObject,
    rate_limit: fc.constantFrom(
      { max_per_second: 5 },
      { key: "k", concurrency: 0, on_limit: "wait" },
      { key: "k", rate: { limit: 1, period: "PT1M" }, throttle: null },
    ),
    affinity: anyJson,
  },
  { requiredKeys: [] },
);

const enqueue = fc.tuple(members, acceptable, acceptable, anyObject).map(([odd, top, options, meta]) => ({
  ...top,
  x_odd: odd,
  __odd__: null,
  type: "email.send",
  args: [odd],
  meta,
  options,
}));

function readOrRefuse(body: unknown): NewJob | undefined {
  try {
    return readJobRequest(body, { now: NOW, field: "jobs[0]" });
  } catch (error) {
    expect(error).toBeInstanceOf(OjsError);
    const { code, message, hint, details, status } = error as OjsError;
    expect({ code: code !== "", message: message !== "", hint: hint !== "" }).toEqual({
      code: true,
      message: true,
      hint: true,
    });
    expect(String(details?.field)).toMatch(/^jobs\[0\]/);
    expect([400, 413, 422]).toContain(status);
    return undefined;
  }
}

describe("readJobRequest", () => {
  it("throws nothing but OjsError, with a field, whatever the value", () => {
    fc.assert(
      fc.property(fc.oneof(anyJson, request), (body) => void readOrRefuse(body)),
      { seed: 1, numRuns: runsOf("requests for jobs") },
    );
  });

  it("makes jobs that every strict reader can read", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(request, enqueue), (body) => {
        const job = readOrRefuse(body);
        if (job === undefined) return;
        accepted += 1;
        const { job: record } = newJob(job, { id: job.id ?? jobId(1), digest: null, fingerprint: null }, T0);
        const list = `{"jobs":[${encodeJob(record)}]}`;
        expect(stringifyJson(parseJson(list))).toBe(list);
        expect(strictAnswerProblems(list)).toEqual([]);
        const answer = encodeJobAnswer(record);
        if (!Object.hasOwn(body, "job")) expect(strictAnswerProblems(answer)).toEqual([]);
      }),
      { seed: 2, numRuns: runsOf("requests for jobs") },
    );
    expect(accepted).toBeGreaterThan(0.45 * runsOf("requests for jobs"));
  });

  it("keeps args, meta and extensions byte for byte as JSON writes them", () => {
    const args = fc.array(anyJson, { maxLength: 4 });
    fc.assert(
      fc.property(args, anyObject, anyJson, (given, meta, extension) => {
        const job = readJobRequest({ type: "a", args: given, meta, x_ext: extension }, { now: NOW });
        expect(job.args).toBe(JSON.stringify(given));
        expect(job.meta).toBe(JSON.stringify(meta));
        expect(job.attributes).toBe(`{"x_ext":${JSON.stringify(extension)}}`);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});
