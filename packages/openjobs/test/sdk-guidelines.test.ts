/**
 * What ojs-sdk-guidelines §16 requires of an SDK, a test for each row under its id. Each row is tested in depth elsewhere; here is
 * that none is missing. Of other languages are SDK-015 (`context.Context` of Go) and SDK-026 (blocking calls beside asynchronous ones).
 */
import { readdirSync, readFileSync } from "node:fs";
import { context, SpanKind, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { OjsAdmin } from "../src/admin/index.ts";
import * as sdk from "../src/index.ts";
import { type JobHandler, OjsClient, OjsError, OjsWorker, type Transport } from "../src/index.ts";
import { logging } from "../src/middleware/index.ts";
import { otel } from "../src/otel/index.ts";
import { createServer } from "../src/server/index.ts";
import { memory } from "../src/storage/memory/index.ts";
import { createTestOjs } from "../src/testing/index.ts";
import { answer, refusal, ScriptedTransport, silence } from "./client/scripted-transport.ts";
import { type LogLine, recordingLogger } from "./worker/bench.ts";

const UNKNOWN = "019b7000-0000-7000-8000-00000000dead";

afterEach(() => vi.unstubAllEnvs());

async function serverInProcess(): Promise<Transport> {
  const server = await createServer({ storage: memory() });
  onTestFinished(() => server.close({ graceMs: 0 }));
  return server.transport;
}

/** A worker that has started, with a handler for `guide.line`. */
async function worker(transport: Transport, handler: JobHandler, options = {}): Promise<OjsWorker> {
  const made = new OjsWorker({ transport, handleSignals: false, logger: recordingLogger([]), ...options });
  made.register("guide.line", handler);
  onTestFinished(() => made.stop({ grace: 0 }));
  await made.start();
  return made;
}

function methodsOf(type: { readonly prototype: object }): string[] {
  const names = new Set<string>();
  for (let at: object | null = type.prototype; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === "function" && name !== "constructor") names.add(name);
    }
  }
  return [...names];
}

async function failure(promise: Promise<unknown>): Promise<OjsError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OjsError) return error;
  throw new Error("It was to fail with an OjsError.", { cause: error });
}

const until = (holds: () => Promise<unknown> | unknown): Promise<void> =>
  expect.poll(async () => Boolean(await holds()), { interval: 5 }).toBe(true);

describe("architecture and names", () => {
  it("SDK-001: client, worker and admin are types of their own, and none does the work of another", () => {
    for (const method of ["enqueue", "enqueueBatch", "register", "start"])
      expect(methodsOf(OjsAdmin)).not.toContain(method);
    for (const method of ["register", "start", "retryJob", "listJobs"])
      expect(methodsOf(OjsClient)).not.toContain(method);
    for (const method of ["enqueue", "pauseQueue", "listJobs"]) expect(methodsOf(OjsWorker)).not.toContain(method);
  });

  it("SDK-002: the client enqueues one, enqueues many, cancels", async () => {
    const client = new OjsClient({ transport: await serverInProcess() });
    const one = await client.enqueue("guide.line", { n: 1 });
    expect(await client.enqueueBatch([{ type: "guide.line" }, { type: "guide.line" }])).toHaveLength(2);
    expect((await client.cancelJob(one.id)).state).toBe("cancelled");
  });

  it("SDK-003: the worker registers, starts and stops", async () => {
    const transport = await serverInProcess();
    const started = await worker(transport, () => "done");
    const client = new OjsClient({ transport });
    const { id } = await client.enqueue("guide.line");
    await until(async () => (await client.getJob(id)).state === "completed");
    await started.stop();
    expect(started.state).toBe("terminated");
  });

  it("SDK-004: the admin lists queues and jobs, looks at one, retries, discards, pauses and resumes", async () => {
    const transport = await serverInProcess();
    const admin = new OjsAdmin({ transport });
    const { id } = await new OjsClient({ transport }).enqueue("guide.line", [], { queue: "a" });
    expect((await admin.listQueues()).items).toMatchObject([{ name: "a" }]);
    expect((await admin.listJobs({ queue: "a", states: ["available"], type: "guide.*" })).items).toMatchObject([
      { id },
    ]);
    expect((await admin.getJob(id)).id).toBe(id);
    expect([(await admin.pauseQueue("a")).paused, (await admin.resumeQueue("a")).paused]).toEqual([true, false]);
    await admin.discardJob(id);
    expect((await failure(admin.retryJob(id))).code).toBe("conflict");
  });

  it("SDK-005: nothing has another name for what has a canonical one", () => {
    const others =
      /^(push|add|send|submit|pushMany|addAll|bulkAdd|pop|pull|receive|dequeue|complete|done|finish|reject|nack|abort|kill|delete)$/;
    for (const type of [OjsClient, OjsWorker, OjsAdmin])
      expect(methodsOf(type).filter((name) => others.test(name))).toEqual([]);
  });

  it("SDK-006: methods are in camel case, types and errors in Pascal case", () => {
    for (const type of [OjsClient, OjsWorker, OjsAdmin]) {
      expect(methodsOf(type).filter((name) => !/^[a-z][A-Za-z]*$/.test(name))).toEqual([]);
    }
    const classes = Object.entries(sdk).filter(
      ([, value]) => typeof value === "function" && /^class /.test(String(value)),
    );
    expect(classes.filter(([name]) => !/^[A-Z][A-Za-z]*$/.test(name))).toEqual([]);
  });
});

describe("configuration", () => {
  const ENVIRONMENT = {
    OJS_BACKEND_URL: "http://localhost:1/there",
    OJS_QUEUE: "a,b",
    OJS_CONCURRENCY: "3",
    OJS_AUTH_TOKEN: "secret",
  };

  /** What a worker asks of a server that has nothing to do. */
  async function firstFetch(options = {}): Promise<{ queues: unknown; count: unknown; authorization: unknown }> {
    const transport = new ScriptedTransport((request) =>
      request.path.endsWith("/fetch")
        ? silence()
        : Promise.resolve(answer(200, { specversion: "1.0", extensions: [] })),
    );
    await worker(transport, () => undefined, { ...options });
    const isFetch = ({ path }: { path: string }): boolean => path.endsWith("/fetch");
    await until(() => transport.requests.some(isFetch));
    const { body = "", headers } = transport.requests.find(isFetch) ?? { headers: {} as Record<string, string> };
    const { queues, count } = JSON.parse(body);
    return { queues, count, authorization: headers.authorization };
  }

  it("SDK-007: the environment configures what the program leaves open", async () => {
    for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
    expect(await firstFetch()).toEqual({ queues: ["a", "b"], count: 3, authorization: "Bearer secret" });
    vi.stubEnv("OJS_LOG_LEVEL", "loud");
    expect(() => new OjsWorker()).toThrow(/OJS_LOG_LEVEL/);
    vi.stubEnv("OJS_LOG_LEVEL", "error");
    vi.stubEnv("OJS_SHUTDOWN_TIMEOUT", "soon");
    expect(() => new OjsWorker()).toThrow(/soon/);
    vi.stubEnv("OJS_SHUTDOWN_TIMEOUT", "3");
    expect(() => new OjsWorker()).not.toThrow();
    vi.stubEnv("OJS_BACKEND_URL", "no address");
    expect(() => new OjsClient()).toThrow(/no address|not an http/);
  });

  it("SDK-008: everything has a default", async () => {
    expect([new OjsClient(), new OjsWorker(), new OjsAdmin()]).toHaveLength(3);
    expect(await firstFetch()).toEqual({ queues: ["default"], count: 10, authorization: undefined });
  });

  it("SDK-009: the program comes before the environment, and that before the default", async () => {
    for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
    const options = { queues: ["mine"], concurrency: 7, apiKey: "my own" };
    expect(await firstFetch(options)).toEqual({ queues: ["mine"], count: 7, authorization: "Bearer my own" });
    expect(await firstFetch({ concurrency: 7 })).toEqual({
      queues: ["a", "b"],
      count: 7,
      authorization: "Bearer secret",
    });
  });

  it("SDK-027: complex configuration is one object with names", () => {
    expect([OjsClient.length, OjsWorker.length, OjsAdmin.length]).toEqual([0, 0, 0]);
    const options = { url: "http://localhost:1", timeout: "5s", retry: { retries: 2 } } as const;
    expect(() => [new OjsClient(options), new OjsAdmin(options)]).not.toThrow();
  });
});

describe("errors", () => {
  it.each([
    ["ConnectionError", sdk.OjsConnectionError, new Error("refused")],
    ["ValidationError", sdk.OjsValidationError, refusal(400, "invalid_request")],
    ["AuthenticationError", sdk.OjsAuthError, refusal(401, "unauthorized")],
    ["JobNotFoundError", sdk.OjsNotFoundError, refusal(404, "not_found")],
    ["QueuePausedError", sdk.OjsQueuePausedError, refusal(422, "queue_paused")],
    ["QueuePausedError, as ojs-errors spells it", sdk.OjsQueuePausedError, refusal(422, "QUEUE_PAUSED")],
    ["TimeoutError", sdk.OjsTimeoutError, silence],
  ])("SDK-010: %s has a class, and that is an OjsError", async (_, type, reply) => {
    const client = new OjsClient({ transport: new ScriptedTransport(reply), retry: false, timeout: 5 });
    const error = await failure(client.enqueue("guide.line"));
    expect(error).toBeInstanceOf(type);
    expect(error.name).toBe(type.name);
  });

  it("SDK-011: an error says the operation, the job, its queue and the attempt", async () => {
    const options = { retry: false, coalesce: false } as const;
    const client = new OjsClient({ transport: new ScriptedTransport(refusal(400, "invalid_request")), ...options });
    const id = UNKNOWN;
    const about = { operation: "enqueue", jobId: id, queue: "a" };
    expect(await failure(client.enqueue("guide.line", [], { id, queue: "a" }))).toMatchObject(about);
    expect(await failure(client.enqueue("guide.line", [1n], { id, queue: "a" }))).toMatchObject(about);
    const together = new OjsClient({ transport: await serverInProcess() });
    const two = ["a", "b"].map((queue) => failure(together.enqueue("No Type", [], { queue })));
    expect(await Promise.all(two)).toMatchObject([
      { operation: "enqueue", queue: "a" },
      { queue: "b", jobId: expect.any(String) },
    ]);
    expect(await failure(client.getJob(id))).toMatchObject({ operation: "getJob", jobId: id });
    expect(await failure(client.pauseQueue("a"))).toMatchObject({ operation: "pauseQueue", queue: "a" });
    expect(await failure(client.enqueueBatch([{ type: "guide.line", args: 1n as never }]))).toMatchObject({
      operation: "enqueueBatch",
    });
  });

  it.each([
    [false, "ack"],
    [true, "exchange"],
  ])("SDK-011: and so does a worker's (exchange: %s)", async (exchange, operation) => {
    const transport = await serverInProcess();
    const lines: LogLine[] = [];
    const client = new OjsClient({ transport });
    await worker(transport, async (job) => void (await client.cancelJob(job.id)), {
      exchange,
      logger: recordingLogger(lines),
    });
    const { id } = await client.enqueue("guide.line");
    await until(() => lines.some(({ facts }) => facts?.error instanceof OjsError));
    expect(lines.find(({ facts }) => facts?.error)?.facts?.error).toMatchObject({ operation, jobId: id, attempt: 1 });
  });

  it("SDK-012: failures reject the promise, and nothing is thrown beside it", async () => {
    const client = new OjsClient({ transport: new ScriptedTransport(new Error("gone")), retry: false });
    const calls = [
      client.enqueue("guide.line", [1n]),
      client.getJob(".."),
      client.listQueues(),
      client.enqueueBatch([{ type: "" }]),
    ];
    for (const outcome of await Promise.allSettled(calls))
      expect(outcome).toMatchObject({ reason: expect.any(OjsError) });
  });

  it("SDK-013: a handler gives its job up, or asks for it later", async () => {
    const transport = await serverInProcess();
    const client = new OjsClient({ transport });
    await worker(transport, (job) => {
      if (job.args[0] === "discard") throw new sdk.DiscardError("it never will");
      throw new sdk.SnoozeError("1h");
    });
    const [given, later] = await client.enqueueBatch(
      ["discard", "snooze"].map((args) => ({ type: "guide.line", args })),
    );
    await until(async () => (await client.getJob(given?.id ?? "")).state === "discarded");
    await until(async () => (await client.getJob(later?.id ?? "")).state === "retryable");
    expect((await client.getJob(later?.id ?? "")).errors).toEqual([]);
  });
});

describe("calls", () => {
  it("SDK-014: whatever talks to a server returns a promise", async () => {
    const transport = await serverInProcess();
    const [client, admin] = [new OjsClient({ transport }), new OjsAdmin({ transport })];
    const promises = [client.enqueue("guide.line"), client.health(), admin.stats(), admin.listJobs(), client.close()];
    for (const promise of promises) expect(promise).toBeInstanceOf(Promise);
    await Promise.all(promises);
  });

  it("SDK-028: a caller's signal ends the call that is under way", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const transport = new ScriptedTransport(({ signal }) => {
      signals.push(signal);
      return silence();
    });
    const controller = new AbortController();
    const { signal } = controller;
    const client = new OjsClient({ transport });
    const calls = [
      client.enqueue("guide.line", [], {}, { signal }),
      client.getJob(UNKNOWN, { signal }),
      new OjsAdmin({ transport }).listJobs({}, { signal }),
    ].map(failure);
    await until(() => signals.length >= 2);
    controller.abort(new Error("enough"));
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: "aborted", cause: expect.objectContaining({ message: "enough" }) });
    }
  });

  it("SDK-029: a handler hears that its worker shuts down", async () => {
    const transport = await serverInProcess();
    let running: AbortSignal | undefined;
    const stopping = await worker(transport, ({ signal }) => {
      running = signal;
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    await new OjsClient({ transport }).enqueue("guide.line");
    await until(() => running);
    await stopping.stop({ grace: 0 });
    expect(running?.reason).toMatchObject({ cause: "shutdown" });
  });
});

describe("middleware, logs and traces", () => {
  it("SDK-016: middleware acts on a job on its way to the server and around its handler, in the order of registration", async () => {
    const transport = await serverInProcess();
    const seen: string[] = [];
    const named = (name: string): sdk.Middleware => ({
      name,
      enqueue: (job, next) => next({ ...job, meta: { ...job.meta, way: `${job.meta.way ?? ""}${name}` } }),
      execute: async (job, next) => {
        seen.push(`${name} before`);
        await next();
        seen.push(`${name} after ${job.meta.way}`);
      },
    });
    const client = new OjsClient({ transport }).use(named("a")).use(named("b"));
    const made = new OjsWorker({ transport, handleSignals: false }).use(named("a")).use(named("b"));
    onTestFinished(() => made.stop({ grace: 0 }));
    made.register("guide.line", () => void seen.push("handler"));
    await made.start();
    await client.enqueue("guide.line");
    await until(() => seen.length === 5);
    expect(seen).toEqual(["a before", "b before", "handler", "b after ab", "a after ab"]);
  });

  it("SDK-017: there are a real, an inline and a fake mode for tests", async () => {
    const ran: string[] = [];
    for (const mode of ["real", "inline", "fake"] as const) {
      await using ojs = await createTestOjs({ mode });
      ojs.register("guide.line", () => void ran.push(mode));
      await ojs.client.enqueue("guide.line");
      expect(ran.includes(mode)).toBe(mode === "inline");
      if (mode === "fake") await expect(ojs.drain()).rejects.toThrow("nothing runs");
      else await ojs.drain();
    }
    expect(ran).toEqual(["real", "inline"]);
  });

  it("SDK-018: tests can assert what was enqueued, drain, perform and clear", async () => {
    await using ojs = await createTestOjs();
    ojs.register("guide.line", ({ args }) => args.length);
    await ojs.client.enqueue("guide.line", [1, 2]);
    ojs.assertEnqueued("guide.line", { args: [1, 2] });
    expect(() => ojs.assertEnqueued("guide.line", { args: [3] })).toThrow("These jobs were there:");
    expect(await ojs.drain()).toBe(1);
    expect(await ojs.perform("guide.line", [1])).toBe(1);
    await ojs.clear();
    ojs.refuteEnqueued("guide.line");
  });

  it("SDK-019: log entries are a sentence and facts", async () => {
    const lines: LogLine[] = [];
    const transport = new ScriptedTransport(refusal(503, "backend_error"), answer(200, { queues: [] }));
    await new OjsClient({ transport, logger: recordingLogger(lines), retry: { baseDelay: 0 } }).listQueues();
    expect(lines).toMatchObject([{ level: "warn", facts: { requestId: expect.any(String), attempts: 1 } }]);
  });

  it("SDK-020: no log entry at info or above has a job's arguments", async () => {
    const transport = await serverInProcess();
    const lines: LogLine[] = [];
    const logger = recordingLogger(lines);
    const client = new OjsClient({ transport, logger }).use(logging({ logger }));
    const made = new OjsWorker({ transport, logger, handleSignals: false }).use(logging({ logger }));
    onTestFinished(() => made.stop({ grace: 0 }));
    made.register("guide.line", () => {
      throw new Error("it broke");
    });
    await made.start();
    const { id } = await client.enqueue("guide.line", { card: "4111-1111" }, { retry: { maxAttempts: 1 } });
    await until(async () => (await client.getJob(id)).state === "discarded");
    await until(() => lines.some(({ message }) => message === "job failed"));
    const loud = lines.filter(({ level }) => level !== "debug");
    expect(loud.length).toBeGreaterThan(1);
    expect(JSON.stringify(loud)).not.toContain("4111");
  });

  it("SDK-021, SDK-025, SDK-030: OpenTelemetry is a middleware, which carries the trace along and counts", async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    onTestFinished(() => context.disable());
    const spans = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
    const telemetry = { tracerProvider, meterProvider: new MeterProvider({ readers: [reader] }) };
    const transport = await serverInProcess();
    const made = new OjsWorker({ transport, handleSignals: false }).use(otel(telemetry));
    onTestFinished(() => made.stop({ grace: 0 }));
    let inHandler: string | undefined;
    made.register("guide.line", () => {
      inHandler = trace.getActiveSpan()?.spanContext().spanId;
    });
    await made.start();
    await new OjsClient({ transport }).use(otel(telemetry)).enqueue("guide.line");
    await until(() => spans.getFinishedSpans().length >= 2);
    const all = spans.getFinishedSpans();
    const [producer, consumer] = [SpanKind.PRODUCER, SpanKind.CONSUMER].map((wanted) =>
      all.find(({ kind }) => kind === wanted),
    );
    expect(consumer?.spanContext().spanId).toBe(inHandler);
    expect(consumer?.links[0]?.context.spanId).toBe(producer?.spanContext().spanId);
    await reader.forceFlush();
    const names = metrics
      .getMetrics()
      .flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap((scope) => scope.metrics.map(({ descriptor }) => descriptor.name)),
      );
    expect(names).toEqual(expect.arrayContaining(["ojs.job.completed", "ojs.job.duration"]));
  });
});

describe("versions", () => {
  const text = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

  it("SDK-022: the version of the specification is there for programs, and is what requests say", async () => {
    const transport = new ScriptedTransport(answer(200, { queues: [] }));
    await new OjsClient({ transport }).listQueues();
    expect(sdk.SPEC_VERSION).toMatch(/^\d+\.\d+/);
    expect([OjsClient.specVersion, transport.last.headers["ojs-version"]]).toEqual([
      sdk.SPEC_VERSION,
      sdk.SPEC_VERSION,
    ]);
    const manifest = await new OjsClient({ transport: await serverInProcess() }).manifest();
    expect(manifest.specVersion).toBe(sdk.SPEC_VERSION);
  });

  it("SDK-023: versions are semantic ones, and the changelog says so", () => {
    expect(JSON.parse(text("../package.json")).version).toMatch(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/);
    expect(text("../../../CHANGELOG.md")).toContain("https://semver.org/");
  });

  it("SDK-024: what is deprecated warns when it is used", () => {
    // Nothing is yet. Whoever deprecates something shows here that it still works, and that it says until when and what to use.
    const files = readdirSync(new URL("../src", import.meta.url), { recursive: true, encoding: "utf8" });
    const sources = files.filter((file) => file.endsWith(".ts"));
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter((file) => text(`../src/${file}`).includes("@deprecated"))).toEqual([]);
  });
});
