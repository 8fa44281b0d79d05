/**
 * The strict decoder proves itself: it takes what the server answers, and refuses each of many small changes to it. It looks
 * at every answer in the suites of server, client, worker and end to end (test/support/strict-transport.ts).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StrictAnswer, strictProblems } from "../support/strict-decoder.ts";
import { type TestAnswer, type TestServer, testServer } from "./test-server.ts";

const SDK = { "ojs-version": "1.0" };
const ID = "019b7000-0000-7000-8000-000000000001";
const retry = { max_attempts: 1, initial_interval: "PT2S", on_exhaustion: "dead_letter" };
const unique = { keys: ["type", "args"], states: ["available"], on_conflict: "reject", period: "PT1H" };

/** Genuine answers by what they are about. */
const genuine = new Map<string, StrictAnswer>();
let test: TestServer;

async function keep(name: string, method: string, path: string, body?: unknown): Promise<TestAnswer["body"]> {
  const answer = await test.call(method, `/ojs/v1${path}`, { body, headers: SDK });
  const { status, text = "" } = answer;
  genuine.set(name, { method, path: `/ojs/v1${path}`, status, sdk: true, text });
  return answer.body;
}

beforeAll(async () => {
  test = await testServer();
  const options = {
    queue: "default",
    retry,
    unique,
    tags: ["a"],
    timeout_ms: 5_000,
    expires_at: "2999-01-01T00:00:00Z",
  };
  await keep("enqueued", "POST", "/jobs", { id: ID, type: "a.b", args: [1], meta: { m: 1 }, schema: "urn:x", options });
  await keep("batch", "POST", "/jobs/batch", { jobs: [{ type: "a.b", args: [], options: { queue: "other" } }] });
  await keep("fetched", "POST", "/workers/fetch", { queues: ["default"], worker_id: "w" });
  await keep("heartbeat", "POST", "/workers/heartbeat", { worker_id: "w", active_jobs: [ID] });
  await test.post("/ojs/v1/workers/nack", { job_id: ID, error: { code: "handler_error", message: "boom" } });
  await keep("failed", "GET", `/jobs/${ID}`);
  await keep("dead", "GET", "/dead-letter");
  await keep("queues", "GET", "/queues");
  await keep("stats", "GET", "/queues/default/stats");
  await keep("health", "GET", "/health");
  await keep("events", "GET", "/events");
  const steps = [
    { type: "a.b", args: [], options: { queue: "wf" } },
    { type: "c.d", args: [] },
  ];
  const { id } = await keep("workflow", "POST", "/workflows", { type: "chain", name: "n", steps });
  await keep("workflows", "GET", "/workflows");
  await keep("cancelled workflow", "DELETE", `/workflows/${id}`);
  const schedule = { name: "daily", cron: "@daily", type: "a.b", args: [1], meta: { m: 1 }, options: { queue: "q" } };
  await keep("cron", "POST", "/cron", schedule);
  await keep("crons", "GET", "/cron");
  await keep("refusal", "POST", "/jobs", { type: 7 });
  const { status, text } = await test.get("/ojs/manifest", SDK);
  genuine.set("manifest", { method: "GET", path: "/ojs/manifest", status, sdk: true, text: text ?? "" });
});

afterAll(() => test[Symbol.asyncDispose]());

/** What is done to a member: it gets another value, or none. */
const GONE = Symbol("gone");

/** The text of an answer with the member at the path changed. */
function changed(text: string, path: string, value: unknown): string {
  const body: unknown = JSON.parse(text);
  const names = path.split(".");
  const last = names.pop() ?? "";
  const parent = names.reduce<unknown>((at, name) => Reflect.get(at as object, name), body) as object;
  if (value === GONE) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, value);
  return JSON.stringify(body);
}

const jobMutations: readonly [path: string, value: unknown][] = [
  ["specversion", null],
  ["id", 7],
  ["id", GONE],
  ["type", GONE],
  ["queue", null],
  ["args", { to: "x" }],
  ["meta", []],
  ["priority", 1.5],
  ["priority", 2_147_483_648],
  ["priority", null],
  ["attempt", -1],
  ["attempt", "1"],
  ["max_attempts", null],
  ["state", "running"],
  ["state", GONE],
  ["created_at", 1_700_000_000],
  ["enqueued_at", "2026-01-01 00:00:00"],
  ["expires_at", "2026-13-01T00:00:00Z"],
  ["started_at", null],
  ["timeout_ms", -5],
  ["tags", null],
  ["tags", ["a", 7]],
  ["schema", {}],
  ["retry.max_attempts", "3"],
  ["retry.initial_interval", 1_000],
  ["retry.backoff_coefficient", "2.0"],
  ["retry.jitter", null],
  ["retry.non_retryable_errors", "Auth.*"],
  ["retry.on_exhaustion", "dead-letter"],
  ["unique.keys", ["id"]],
  ["unique.states", ["waiting"]],
  ["unique.on_conflict", "use_existing"],
  ["unique.period", 3_600],
];

const mutations: readonly (readonly [name: string, path: string, value: unknown])[] = [
  ...jobMutations.map(([path, value]) => ["enqueued", `job.${path}`, value] as const),
  ...jobMutations.map(([path, value]) => ["enqueued", path, value] as const),
  ...jobMutations.map(([path, value]) => ["fetched", `jobs.0.${path}`, value] as const),
  ["enqueued", "job", GONE],
  ["batch", "count", GONE],
  ["batch", "jobs.0.type", GONE],
  ["fetched", "jobs", null],
  ["failed", "job.error.type", GONE],
  ["failed", "error.message", null],
  ["failed", "error", "boom"],
  ["heartbeat", "state", GONE],
  ["heartbeat", "jobs_extended", 1],
  ["heartbeat", "server_time", 5],
  ["dead", "jobs.0.error.type", GONE],
  ["dead", "pagination.offset", GONE],
  ["dead", "pagination.has_more", "false"],
  ["queues", "queues.0.name", GONE],
  ["queues", "queues.0.created_at", "yesterday"],
  ["queues", "pagination.total", 1.5],
  ["stats", "queue", { name: "default" }],
  ["stats", "status", GONE],
  ["stats", "computed_at", GONE],
  ["stats", "stats.available", null],
  ["stats", "stats.avg_wait_ms", "0"],
  ["health", "status", GONE],
  ["health", "uptime_seconds", 1.5],
  ["events", "events.0.id", GONE],
  ["events", "events.0.time", "now"],
  ["events", "events.0.data", []],
  ["manifest", "ojs_version", GONE],
  ["manifest", "implementation.version", GONE],
  ["manifest", "conformance_level", 256],
  ["manifest", "protocols", "http"],
  ["manifest", "backend", { name: "sqlite" }],
  ["manifest", "capabilities.workflows", { nested: true }],
  ["manifest", "capabilities.made_up", "yes"],
  ["manifest", "extensions", { official: [] }],
  ["manifest", "extensions", [{ uri: "urn:x" }]],
  ["workflow", "workflow", GONE],
  ["workflow", "workflow.id", GONE],
  ["workflow", "state", "done"],
  ["workflow", "state", GONE],
  ["workflow", "type", "graph"],
  ["workflow", "name", 7],
  ["workflow", "created_at", "now"],
  ["workflow", "steps", null],
  ["workflow", "steps.0.id", GONE],
  ["workflow", "steps.0.type", GONE],
  ["workflow", "steps.0.state", null],
  ["workflow", "workflow.steps.0.job_id", 7],
  ["workflow", "steps.1.depends_on", "step-0"],
  ["workflow", "steps.0.started_at", 5],
  ["workflow", "steps_total", 1.5],
  ["workflows", "workflows.0.state", "new"],
  ["workflows", "pagination.limit", null],
  ["cancelled workflow", "cancelled_at", 5],
  ["cancelled workflow", "steps_cancelled", "2"],
  ["cancelled workflow", "steps_already_complete", 1],
  ["cron", "cron", { name: "daily" }],
  ["cron", "cron_job", GONE],
  ["cron", "cron_job.cron", GONE],
  ["cron", "name", GONE],
  ["cron", "type", GONE],
  ["cron", "timezone", null],
  ["cron", "overlap_policy", "queue"],
  ["cron", "enabled", null],
  ["cron", "next_run_at", "soon"],
  ["cron", "run_count", -1],
  ["crons", "cron_jobs", GONE],
  ["crons", "cron_jobs.0.overlap_policy", null],
  ["crons", "cron_jobs.0.meta", []],
  ["refusal", "error.code", 404],
  ["refusal", "error.message", GONE],
  ["refusal", "error.retryable", null],
  ["refusal", "error.details", "type"],
  ["refusal", "error", "no"],
];

function answerOf(name: string): StrictAnswer {
  const answer = genuine.get(name);
  if (answer === undefined) throw new Error(`there is no answer "${name}"`);
  return answer;
}

describe("the strict decoder", () => {
  it("takes every genuine answer", () => {
    const problems = [...genuine.values()].flatMap((answer) => strictProblems(answer));
    expect(problems).toEqual([]);
    expect(genuine.size).toBeGreaterThan(10);
  });

  it("reads them as what they are: unknown members are ignored everywhere", () => {
    for (const answer of genuine.values()) {
      const more = answer.text.replaceAll("{", '{"x_unknown":{"deep":[null]},').replaceAll(",}", "}");
      const readable = more.replaceAll('"x_unknown":{"x_unknown":{"deep":[null]},"deep"', '"x_unknown":{"deep"');
      if (answer.path !== "/ojs/manifest") expect(strictProblems({ ...answer, text: readable })).toEqual([]);
    }
  });

  it.each(mutations.map(([name, path, value]) => ({ name, path, value, shown: String(JSON.stringify(value)) })))(
    "refuses $name with $path = $shown",
    ({ name, path, value }) => {
      const answer = answerOf(name);
      const text = changed(answer.text, path, value);
      expect(text).not.toBe(answer.text);
      expect(strictProblems({ ...answer, text })).not.toEqual([]);
    },
  );

  it("refuses a name that is there twice, an empty body and what is not JSON", () => {
    const answer = answerOf("enqueued");
    const twice = answer.text.replace('"queue":"default"', '"queue":"default","queue":"default"');
    expect(strictProblems({ ...answer, text: twice })).toContain('duplicate "queue"');
    expect(strictProblems({ ...answer, text: "" })).toEqual(["the body is empty"]);
    expect(strictProblems({ ...answer, text: "<html>" })).not.toEqual([]);
    expect(strictProblems({ ...answer, status: 404, text: "" })).toEqual([]);
  });

  it("looks into answers that only our own SDK knows", () => {
    const { job } = JSON.parse(answerOf("enqueued").text);
    const of = (path: string, body: unknown): readonly string[] =>
      strictProblems({ method: "POST", path, status: 200, sdk: true, text: JSON.stringify(body) });
    expect(of("/ojs/v1/workers/exchange", { jobs: [job] })).toEqual([]);
    expect(of("/ojs/v1/workers/exchange", { jobs: [{ ...job, priority: null }] })).not.toEqual([]);
    expect(of("/ojs/v1/jobs/bulk", { items: [{ job: { ...job, state: "new" } }] })).not.toEqual([]);
  });

  it("leaves the two shapes that the official cases want to those who send no OJS-Version", () => {
    const answer = answerOf("stats");
    const text = changed(answer.text, "queue", { name: "default" });
    expect(strictProblems({ ...answer, text, sdk: false })).toEqual([]);
  });
});
