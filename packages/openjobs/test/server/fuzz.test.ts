/** Whatever is sent to whichever route: an answer below 500, in JSON, with the standard headers. Fixed seeds. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runsOf } from "../support/runs.ts";
import { type TestAnswer, type TestServer, testServer } from "./test-server.ts";

const SEED = 20_261_124;
const V7 = "019414d4-8b2e-7c3a-b5d1-f0e2a3b4c5d6";

const reading = ["/ojs/v1/jobs", "/ojs/v1/jobs/batch", "/ojs/v1/cron", ...workerPaths()];

const paths = [
  ...reading,
  "/ojs/manifest",
  "/ojs/v1/health",
  `/ojs/v1/jobs/${V7}`,
  `/ojs/v1/jobs/${V7}/activate`,
  "/ojs/v1/queues",
  "/ojs/v1/queues/default/stats",
  "/ojs/v1/queues/default/pause",
  "/ojs/v1/dead-letter",
  `/ojs/v1/dead-letter/${V7}/retry`,
  "/ojs/v1/events",
  "/ojs/v1/cron/fuzz",
  "/ojs/v1/cron/fuzz/trigger",
  "/ojs/v1/cron/fuzz/history",
];

const knownFields = [
  ...["type", "args", "id", "meta", "options", "jobs", "queue", "priority", "retry", "unique", "tags", "schema"],
  ...["timeout_ms", "timeout", "delay_until", "scheduled_at", "expires_at", "pending", "specversion", "metadata"],
  ...["queues", "count", "worker_id", "wait_ms", "visibility_timeout_ms", "job_id", "result", "error", "requeue"],
  ...["lease", "attempt", "active_jobs", "active_job_ids", "leases", "state", "hostname", "pid", "labels"],
  ...["max_attempts", "initial_interval", "backoff_coefficient", "code", "message", "details", "backtrace"],
  ...["name", "cron", "expression", "timezone", "overlap_policy", "job_template", "enabled", "description"],
  ...["__proto__", "constructor", "toString", ""],
];

/** Values that often pass the first check, next to any others. */
const likely = fc.constantFrom<unknown>(
  ...[
    "default",
    "test.job",
    V7,
    "PT1S",
    "+PT2S",
    "* * * * *",
    "@daily",
    "Europe/Berlin",
    "skip",
    "2026-01-01T00:00:00Z",
    "running",
    "w1",
    "",
    "\u0000",
    "\ud800",
  ],
  ...[0, 1, -1, 1.5, 1e308, true, false, null, [], {}, [[]], ["default"], [V7], [{}], [null]],
);

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    likely,
    fc.jsonValue(),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...knownFields), tie("tree"), { maxKeys: 6 }),
  ),
}));

const object = fc.dictionary(fc.constantFrom(...knownFields), tree, { maxKeys: 10 });

function workerPaths(): string[] {
  return ["fetch", "ack", "nack", "heartbeat"].map((verb) => `/ojs/v1/workers/${verb}`);
}

function expectDecent(answer: TestAnswer): void {
  expect(answer.status, answer.text).toBeLessThan(500);
  expect(answer.headers).toMatchObject({ "ojs-version": "1.0", "x-request-id": expect.any(String) });
  if (answer.status < 400) return;
  expect(answer.body.error).toMatchObject({
    code: expect.stringMatching(/^[a-z_]+$/),
    message: expect.any(String),
    retryable: expect.any(Boolean),
    request_id: answer.headers["x-request-id"],
  });
}

describe("any request gets a decent answer", () => {
  let test: TestServer;
  beforeAll(async () => {
    test = await testServer();
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const check = <T>(property: fc.IAsyncProperty<T>): Promise<void> =>
    fc.assert(property, { seed: SEED, numRuns: runsOf("requests to a route") });

  it("for random text as a body", () =>
    check(
      fc.asyncProperty(fc.constantFrom(...reading), fc.string({ unit: "binary" }), async (path, body) => {
        expectDecent(await test.post(path, body));
      }),
    ));

  it("for random JSON as a body", () =>
    check(
      fc.asyncProperty(fc.constantFrom(...reading), fc.json(), async (path, body) => {
        expectDecent(await test.post(path, body));
      }),
    ));

  it("for objects with known fields of wrong types", () =>
    check(
      fc.asyncProperty(fc.constantFrom(...reading), object, async (path, body) => {
        // Waiting is allowed to take its time, which a fuzzer does not have.
        expectDecent(await test.post(path, JSON.stringify({ ...body, wait_ms: 0 })));
      }),
    ));

  it("for jobs with options of wrong types", () =>
    check(
      fc.asyncProperty(object, object, tree, async (options, rest, retry) => {
        const job = { ...rest, type: "test.job", args: [], options: { ...options, retry } };
        expectDecent(await test.post("/ojs/v1/jobs", JSON.stringify(job)));
      }),
    ));

  it("for cron jobs with anything in them", () =>
    check(
      fc.asyncProperty(object, tree, fc.constantFrom("cron", "expression"), async (rest, expression, spelling) => {
        const cron = { ...rest, name: "fuzz", type: "test.job", [spelling]: expression };
        expectDecent(await test.post("/ojs/v1/cron", JSON.stringify(cron)));
        expectDecent(await test.call("PATCH", "/ojs/v1/cron/fuzz", { body: JSON.stringify(rest) }));
      }),
    ));

  it("for any method, path, query and header", () =>
    check(
      fc.asyncProperty(
        fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY"),
        fc.oneof(
          fc.constantFrom(...paths),
          fc.webPath(),
          fc.string().map((text) => `/ojs/v1/jobs/${text}`),
          fc.string().map((text) => `/ojs/v1/queues/${encodeURIComponent(text.replaceAll(/\p{Cs}/gu, ""))}/stats`),
        ),
        fc.oneof(fc.webQueryParameters(), fc.constantFrom("limit=1", "cursor=AAAA", "cursor=W10", "offset=-1")),
        fc.record(
          {
            "content-type": fc.string(),
            "ojs-version": fc.string(),
            "x-request-id": fc.string(),
            authorization: fc.string(),
            "content-encoding": fc.string(),
            "user-agent": fc.string(),
            host: fc.string(),
          },
          { requiredKeys: [] },
        ),
        async (method, path, query, headers) => {
          const request = { method, path, query, body: undefined, signal: new AbortController().signal };
          const raw = await test.server.handle({ ...request, headers: headers as Record<string, string> });
          const body = raw.body === undefined ? undefined : JSON.parse(raw.body);
          if (method !== "HEAD") expectDecent({ ...raw, text: raw.body, body, raw });
          else expect(raw.body).toBeUndefined();
        },
      ),
    ));
});
