import { describe, expect, it } from "vitest";
import { OjsError, type OjsErrorExtra } from "../../src/core/errors.ts";
import { type NewJob, readJobRequest } from "../../src/core/job-request.ts";
import { cpuTimeOf } from "../support/cpu-time.ts";

const NOW = Date.UTC(2026, 0, 1);
const ID = "019461a8-1a2b-7c3d-8e4f-5a6b7c8d9e0f";
const V4 = "550e8400-e29b-41d4-a716-446655440000";

function read(fields: object, field?: string): NewJob {
  const body = { type: "email.send", args: [], ...fields };
  return readJobRequest(body, field === undefined ? { now: NOW } : { now: NOW, field });
}

function refusal(body: unknown, field?: string): OjsError {
  try {
    readJobRequest(body, field === undefined ? { now: NOW } : { now: NOW, field });
  } catch (error) {
    if (error instanceof OjsError) return error;
    throw error;
  }
  throw new Error("the request was accepted");
}

function job(fields: object): object {
  return { type: "email.send", args: [], ...fields };
}

describe("a minimal request", () => {
  it("gets the defaults", () => {
    expect(readJobRequest({ type: "email.send", args: ["a@example.com", 1] }, { now: NOW })).toEqual({
      id: null,
      type: "email.send",
      queue: "default",
      args: '["a@example.com",1]',
      meta: "{}",
      attributes: "{}",
      // Null leaves it to the queue and to the server.
      priority: null,
      maxAttempts: null,
      timeoutMs: null,
      visibilityMs: null,
      graceMs: 0,
      totalMs: null,
      enqueueTtlMs: null,
      heartbeatMs: null,
      scheduledAt: null,
      expiresAt: null,
      pending: false,
      cron: null,
      lane: null,
      unique: null,
      source: "",
    });
  });

  it.each(["email", "email.send", "retry.test.max-attempts", "a_b.c1", `${"a".repeat(255)}`])(
    "accepts the type %s",
    (type) => {
      expect(read({ type }).type).toBe(type);
    },
  );

  it.each(["1.0", "1.2", "1.0.3", "1.0.0-rc.1", null])("accepts specversion %s", (specversion) => {
    expect(read({ specversion }).type).toBe("email.send");
  });

  it("takes null for absence", () => {
    const nothing = { id: null, meta: null, options: null, queue: null, retry: null, tags: null, unique: null };
    expect(read(nothing)).toEqual(read({}));
    expect(read({ options: { queue: null, expires_at: null }, queue: "email" }).queue).toBe("email");
  });
});

describe("refusals", () => {
  it.each<[string, unknown, string]>([
    ["a number", 1, ""],
    ["null", null, ""],
    ["an array", [], ""],
    ["no type", { args: [] }, "type"],
    ["a numeric type", { type: 1, args: [] }, "type"],
    ["an empty type", { type: "", args: [] }, "type"],
    ["an upper-case type", { type: "Email.Send", args: [] }, "type"],
    ["a type with a space", { type: "email send", args: [] }, "type"],
    ["a type that starts with a digit", { type: "1email.send", args: [] }, "type"],
    ["a type with odd characters", { type: "email@send!", args: [] }, "type"],
    ["a type with an empty segment", { type: "email..send", args: [] }, "type"],
    ["a type with a line feed", { type: "email.send\n", args: [] }, "type"],
    ["a type that is too long", { type: "a".repeat(256), args: [] }, "type"],
    ["no args", { type: "a" }, "args"],
    ["null args", { type: "a", args: null }, "args"],
    ["object args", { type: "a", args: { to: "x" } }, "args"],
    ["text args", { type: "a", args: "x" }, "args"],
    ["an empty id", job({ id: "" }), "id"],
    ["a UUIDv4", job({ id: V4 }), "id"],
    ["an upper-case id", job({ id: ID.toUpperCase() }), "id"],
    ["a numeric id", job({ id: 7 }), "id"],
    ["another specversion", job({ specversion: "2.0" }), "specversion"],
    ["a numeric specversion", job({ specversion: 1 }), "specversion"],
    ["options that are no object", job({ options: [] }), "options"],
    ["meta that is no object", job({ meta: ["x"] }), "meta"],
    ["metadata that is no object", job({ options: { metadata: 1 } }), "options.metadata"],
    ["an upper-case queue", job({ options: { queue: "Default" } }), "options.queue"],
    ["a queue with odd characters", job({ options: { queue: "my_queue!" } }), "options.queue"],
    ["a queue that starts with a hyphen", job({ queue: "-invalid" }), "queue"],
    ["an empty queue", job({ queue: "" }), "queue"],
    ["a queue that is too long", job({ queue: "q".repeat(129) }), "queue"],
    ["a priority above the range", job({ options: { priority: 101 } }), "options.priority"],
    ["a priority below the range", job({ priority: -101 }), "priority"],
    ["a fractional priority", job({ priority: 0.5 }), "priority"],
    ["a textual priority", job({ priority: "high" }), "priority"],
    ["a negative timeout", job({ options: { timeout_ms: -1 } }), "options.timeout_ms"],
    ["a fractional timeout", job({ timeout: 1.5 }), "timeout"],
    ["a total timeout that is shorter than one attempt", job({ timeout: 9, total_timeout: 8 }), "total_timeout"],
    ["a textual enqueue TTL", job({ options: { enqueue_ttl: "PT5M" } }), "options.enqueue_ttl"],
    ["a negative heartbeat timeout", job({ heartbeat_timeout_ms: -1 }), "heartbeat_timeout_ms"],
    ["a fractional grace period", job({ options: { grace_period: 0.5 } }), "options.grace_period"],
    ["an endless timeout", job({ timeout: 1e12 }), "timeout"],
    [
      "a textual visibility timeout",
      job({ options: { visibility_timeout_ms: "5s" } }),
      "options.visibility_timeout_ms",
    ],
    ["a time without a zone", job({ scheduled_at: "2026-03-15T09:00:00" }), "scheduled_at"],
    ["a time as a number", job({ options: { delay_until: 1739356200 } }), "options.delay_until"],
    ["a date that does not exist", job({ expires_at: "2026-02-30T00:00:00Z" }), "expires_at"],
    ["a negative delay", job({ options: { delay: -5 } }), "options.delay"],
    ["a pending that is no boolean", job({ options: { pending: "yes" } }), "options.pending"],
    ["tags that are no array", job({ tags: "a" }), "tags"],
    ["a tag that is no text", job({ options: { tags: ["a", null] } }), "options.tags[1]"],
    ["too many tags", job({ tags: Array.from({ length: 101 }, () => "t") }), "tags"],
    ["a tag that is too long", job({ tags: ["t".repeat(256)] }), "tags[0]"],
    ["a schema that is no text", job({ schema: {} }), "schema"],
  ])("%s is a 400 that names the field", (_name, body, field) => {
    const error = refusal(body);
    expect(error).toMatchObject({ code: "invalid_request", status: 400, retryable: false, details: { field } });
    expect(error.message).toMatch(/^\S.*\.$/);
    expect(error.hint).toMatch(/\S/);
  });

  it.each<[string, object, string]>([
    ["retry.max_attempts", { retry: { max_attempts: -1 } }, "options.retry.max_attempts"],
    ["backoff_coefficient", { retry: { backoff_coefficient: 0.5 } }, "options.retry.backoff_coefficient"],
    ["retry_policy", { retry_policy: 5 }, "options.retry_policy"],
  ])("%s is a 422 with a type of its own", (_name, options, field) => {
    const error = refusal(job({ options }));
    expect(error).toMatchObject({ code: "invalid_request", type: "validation_error", status: 422, details: { field } });
    expect(error.message).toContain(field);
  });

  it("names the job of a batch", () => {
    expect(refusal({ type: "a" }, "jobs[3]").details).toEqual({ field: "jobs[3].args" });
    expect(refusal(7, "jobs[3]").details).toEqual({ field: "jobs[3]" });
    expect(refusal(job({ options: { tags: [1] } }), "jobs[0]").details).toEqual({ field: "jobs[0].options.tags[0]" });
  });

  it("is not delayed by texts that make patterns backtrack", () => {
    const worked = cpuTimeOf(() => {
      refusal({ type: `${"a.a-a_".repeat(40)}!`, args: [] });
      refusal(job({ queue: `${"a-a.".repeat(30)}_` }));
    });
    expect(worked).toBeLessThan(1_000); // backtracking would take years
  });
});

describe("sizes", () => {
  function tooLarge(body: unknown, expected: OjsErrorExtra["details"]): void {
    expect(refusal(body)).toMatchObject({ code: "payload_too_large", status: 413, retryable: false });
    expect(refusal(body).details).toMatchObject(expected ?? {});
  }

  it("bounds a job by bytes, not by characters", () => {
    expect(read({ args: ["a".repeat(1_048_500)] }).args.length).toBe(1_048_504);
    tooLarge(job({ args: ["€".repeat(400_000)] }), { field: "job", actual: 1_200_008, max: 1_048_576 });
  });

  it("counts extensions too", () => {
    tooLarge(job({ x_big: "a".repeat(1_100_000) }), { field: "job", max: 1_048_576 });
  });

  it("bounds meta on its own, after the merge", () => {
    const half = { a: "x".repeat(40_000) };
    expect(read({ meta: half }).meta.length).toBeGreaterThan(40_000);
    tooLarge(job({ meta: half, options: { metadata: { b: "x".repeat(40_000) } } }), { field: "meta", max: 65_536 });
  });

  it("bounds the depth of all that is kept", () => {
    const nested = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
    expect(read({ args: nested(31) }).args.length).toBe(62);
    tooLarge(job({ args: nested(32) }), { max: 32, actual: 33 });
    tooLarge(job({ x_deep: nested(100_000) }), { max: 32 });
  });
});

describe("where a field may be", () => {
  it("prefers options over the top level", () => {
    const request = read({ queue: "low", priority: 1, options: { queue: "high" } });
    expect(request).toMatchObject({ queue: "high", priority: 1 });
  });

  it("reads every limit of ojs-timeouts, in milliseconds or seconds", () => {
    const limits = { totalMs: 90_000, enqueueTtlMs: 30_000, heartbeatMs: 10_000, graceMs: 5_000 };
    const seconds = { total_timeout: 90, enqueue_ttl: 30, heartbeat_timeout: 10, grace_period: 5 };
    expect(read(seconds)).toMatchObject(limits);
    expect(JSON.parse(read(seconds).attributes)).toMatchObject({ ...seconds, total_timeout_ms: 90_000 });
    const ms = {
      total_timeout_ms: 90_000,
      enqueue_ttl_ms: 30_000,
      heartbeat_timeout_ms: 10_000,
      grace_period_ms: 5_000,
    };
    expect(read({ options: ms })).toMatchObject(limits);
    expect(JSON.parse(read({ options: ms }).attributes)).toEqual(ms);
  });

  it("reads timeouts in milliseconds or seconds; zero means the default", () => {
    expect(read({ options: { timeout_ms: 2_000, visibility_timeout_ms: 3_000 } })).toMatchObject({
      timeoutMs: 2_000,
      visibilityMs: 3_000,
      attributes: '{"timeout_ms":2000,"visibility_timeout_ms":3000}',
    });
    expect(read({ timeout: 60, visibility_timeout: 5 })).toMatchObject({
      timeoutMs: 60_000,
      visibilityMs: 5_000,
      attributes: '{"timeout_ms":60000,"timeout":60,"visibility_timeout_ms":5000,"visibility_timeout":5}',
    });
    expect(read({ timeout: 0, options: { visibility_timeout_ms: 0 } })).toMatchObject({
      timeoutMs: null,
      visibilityMs: null,
      attributes: "{}",
    });
  });

  it.each([
    [{ options: { delay_until: "+PT2S" } }, NOW + 2_000],
    [{ options: { scheduled_at: "PT2S" } }, NOW + 2_000],
    [{ options: { delay: 1_500 } }, NOW + 1_500],
    [{ delay: "PT1M" }, NOW + 60_000],
  ])("counts %j from the server's clock", (fields, at) => {
    const request = read(fields);
    expect(request.scheduledAt).toBe(at);
    expect(JSON.parse(request.attributes)).toEqual({ scheduled_at: new Date(at).toISOString() });
  });

  it("keeps the text of absolute times, also of past ones", () => {
    const request = read({
      scheduled_at: "2020-01-01T02:00:00+02:00",
      options: { expires_at: "2099-12-31T23:59:59Z" },
    });
    expect(request).toMatchObject({ scheduledAt: Date.UTC(2020, 0, 1), expiresAt: Date.UTC(2099, 11, 31, 23, 59, 59) });
    expect(JSON.parse(request.attributes)).toEqual({
      scheduled_at: "2020-01-01T02:00:00+02:00",
      expires_at: "2099-12-31T23:59:59Z",
    });
  });

  it("shows the whole retry policy that will be followed", () => {
    const request = read({ options: { retry: { max_attempts: 5, strategy: "unknown here" } } });
    expect(request.maxAttempts).toBe(5);
    expect(JSON.parse(request.attributes).retry).toMatchObject({
      max_attempts: 5,
      initial_interval: "PT1S",
      jitter: true,
    });
    expect(read({ retry_policy: { max_attempts: 7 } }).maxAttempts).toBe(7);
  });

  it("reads tags, schema and pending", () => {
    const request = read({ tags: ["a"], options: { schema: "urn:ojs:schema:x:v1", pending: true } });
    expect(request.pending).toBe(true);
    expect(JSON.parse(request.attributes)).toEqual({ tags: ["a"], schema: "urn:ojs:schema:x:v1" });
  });

  it("merges metadata into meta, which wins", () => {
    const request = read({ meta: { a: 1 }, options: { metadata: { a: 2, test_directive: "quiet" } } });
    expect(JSON.parse(request.meta)).toEqual({ a: 1, test_directive: "quiet" });
  });
});

describe("extensions", () => {
  it("keeps unknown attributes and options, nulls included", () => {
    const request = read({ x_a: { n: [1] }, version: 2, x_null: null, options: { affinity: { gpu: 1 } } });
    expect(request.attributes).toBe('{"x_a":{"n":[1]},"version":2,"x_null":null,"options":{"affinity":{"gpu":1}}}');
  });

  it("ignores what only the server may set", () => {
    const forged = {
      state: "completed",
      attempt: 9,
      max_attempts: 9,
      created_at: "x",
      error: {},
      errors: [],
      result: 1,
      lease: 1,
      worker_id: "w",
      completed_at: null,
      previous_state: "active",
    };
    expect(read(forged)).toEqual(read({}));
  });

  it("treats __proto__ as a name like any other", () => {
    const body: unknown = JSON.parse(
      '{"type":"a","args":[{"__proto__":1}],"__proto__":{"queue":"evil"},"meta":{"__proto__":{"x":1}},"options":{"__proto__":{"priority":5},"metadata":{"__proto__":2,"b":1}}}',
    );
    const request = readJobRequest(body, { now: NOW });
    expect(request).toMatchObject({ queue: "default", priority: null });
    expect(request.args).toBe('[{"__proto__":1}]');
    expect(request.meta).toBe('{"__proto__":{"x":1},"b":1}');
    expect(request.attributes).toBe('{"__proto__":{"queue":"evil"},"options":{"__proto__":{"priority":5}}}');
  });

  it("keeps NUL and lone surrogates", () => {
    const request = readJobRequest(JSON.parse('{"type":"a","args":["\\u0000\\ud800"],"x":"\\udc00"}'), { now: NOW });
    expect(request.args).toBe('["\\u0000\\ud800"]');
    expect(request.attributes).toBe('{"x":"\\udc00"}');
  });
});

/** Encrypted arguments as openjobs/encryption sends them. */
function sealed(
  data: string,
  { content = "digest", encodings = ["binary/encrypted"], ...meta }: Readonly<Record<string, unknown>> = {},
) {
  const wrapper = { ojs_encoded: true, encoding: "binary/encrypted", data };
  const codec = { "ojs.codec.encodings": encodings, "openjobs.codec.content": content };
  return { args: [wrapper], meta: { ...meta, customer: { ...wrapper, encryption_key_id: data }, ...codec } };
}

describe("the source of a request", () => {
  it("is the same for other ciphertext under another key when the digest of the content is", () => {
    const first = sealed("eA==");
    const second = { args: ["eQ=="], meta: { ...sealed("eQ==").meta, "ojs.codec.key_id": "k2" } };
    expect(read({ id: ID, ...second }).source).toBe(read({ id: ID, ...first }).source);
  });

  it("is there only for ids that clients chose", () => {
    expect(read({}).source).toBe("");
    expect(read({ id: ID })).toMatchObject({ id: ID, source: expect.stringContaining("email.send") });
  });

  it("is the same for a repetition at another time, relative times included", () => {
    const body = { type: "a", args: [1], id: ID, options: { delay: "PT5M" } };
    const first = readJobRequest(body, { now: NOW });
    const second = readJobRequest(body, { now: NOW + 1_000 });
    expect(second.source).toBe(first.source);
    expect(second.scheduledAt).not.toBe(first.scheduledAt);
  });

  it.each([
    [{ args: [1] }, { args: [2] }],
    [{ meta: { a: 1 } }, { meta: { a: 2 } }],
    [{ queue: "a" }, { queue: "b" }],
    [{ x_a: 1 }, { x_a: 2 }],
    [{ options: { delay: 1 } }, { options: { delay: 2 } }],
    [{ options: { metadata: { a: 1 } } }, { options: { metadata: { a: 2 } } }],
    [sealed("x", { k: "same" }), sealed("x", { k: "other" })],
    [sealed("x", { encodings: "none" }), sealed("y", { encodings: "none" })],
    [sealed("x", { content: 7 }), sealed("y", { content: 7 })],
    [sealed("x"), { ...sealed("x"), queue: "b" }],
  ])("differs between %j and %j", (one, other) => {
    expect(read({ id: ID, ...one }).source).not.toBe(read({ id: ID, ...other }).source);
  });
});
