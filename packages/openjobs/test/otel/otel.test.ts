/** OpenTelemetry middleware with the real SDK of OpenTelemetry (ojs-distributed-tracing DT-001…DT-006, ojs-observability §6–§8). */
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chain, type JobHandler, OjsClient, OjsWorker, SnoozeError, step } from "../../src/index.ts";
import { otel } from "../../src/otel/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";

const manager = new AsyncLocalStorageContextManager();
const spans = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
const tracer = tracerProvider.getTracer("test");
let server: OjsServer;
let client: OjsClient;
const workers: OjsWorker[] = [];

beforeEach(async () => {
  context.setGlobalContextManager(manager.enable());
  server = await createServer({ storage: memory() });
  client = new OjsClient({ transport: server.transport }).use(otel({ tracerProvider, meterProvider }));
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop({ grace: 0 })));
  await server.close({ graceMs: 0 });
  spans.reset();
  exporter.reset();
  context.disable();
});

async function work(handlers: Record<string, JobHandler>, options = {}): Promise<OjsWorker> {
  const worker = new OjsWorker({ transport: server.transport, handleSignals: false });
  workers.push(worker);
  worker.use(otel({ tracerProvider, meterProvider, ...options }));
  for (const [type, handler] of Object.entries(handlers)) worker.register(type, handler);
  await worker.start();
  return worker;
}

async function finished(count: number): Promise<readonly ReadableSpan[]> {
  await expect.poll(() => spans.getFinishedSpans().length, { interval: 5 }).toBe(count);
  return spans.getFinishedSpans();
}

const producers = (all: readonly ReadableSpan[]) => all.filter(({ kind }) => kind === SpanKind.PRODUCER);
const consumers = (all: readonly ReadableSpan[]) => all.filter(({ kind }) => kind === SpanKind.CONSUMER);

describe("spans", () => {
  it("are a producer's in the caller's trace and a consumer's of its own, linked by the context in meta", async () => {
    await work({ "email.send": () => trace.getActiveSpan()?.setAttribute("mine", true) });
    const job = await tracer.startActiveSpan("request", async (request) => {
      const enqueued = await client.enqueue("email.send", { to: "a" }, { queue: "default", priority: 3 });
      request.end();
      return enqueued;
    });
    const all = await finished(3);
    const [request] = all.filter(({ name }) => name === "request");
    const [producer] = producers(all);
    const [consumer] = consumers(all);
    expect(producer).toMatchObject({
      name: "default enqueue",
      parentSpanContext: { spanId: request?.spanContext().spanId },
      status: { code: SpanStatusCode.OK },
      attributes: {
        "messaging.system": "ojs",
        "messaging.operation.type": "publish",
        "messaging.destination.name": "default",
        "messaging.message.id": job.id,
        "ojs.job.id": job.id,
        "ojs.job.type": "email.send",
        "ojs.job.queue": "default",
        "ojs.job.priority": 3,
        "ojs.job.state": "available",
      },
    });
    const { traceId, spanId } = producer?.spanContext() ?? {};
    expect(job.meta).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
    expect(consumer).toMatchObject({
      name: "ojs.job email.send",
      parentSpanContext: undefined,
      status: { code: SpanStatusCode.OK },
      links: [{ context: { traceId, spanId, isRemote: true } }],
      attributes: {
        "ojs.job.type": "email.send",
        "ojs.job.id": job.id,
        "ojs.job.queue": "default",
        "ojs.job.attempt": 1,
        "ojs.job.state": "completed",
        "ojs.worker.id": workers[0]?.id,
        mine: true,
      },
    });
    expect(consumer?.spanContext().traceId).not.toBe(traceId);
  });

  it("are one for each attempt, each linked to the beginning, and say what failed", async () => {
    await work({
      flaky: ({ attempt }) => {
        if (attempt === 1) throw new TypeError("not yet");
      },
    });
    await client.enqueue("flaky", [], { retry: { initialInterval: 1, jitter: false } });
    const all = await finished(3);
    const [first, second] = consumers(all);
    expect(first).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: "not yet" },
      attributes: {
        "error.type": "TypeError",
        "error.message": "not yet",
        "ojs.job.error.attempt": 1,
        "ojs.job.state": "failed",
      },
      events: [{ name: "exception" }],
    });
    expect(second).toMatchObject({ status: { code: SpanStatusCode.OK }, attributes: { "ojs.job.attempt": 2 } });
    const origin = producers(all)[0]?.spanContext().spanId;
    expect([first, second].map((span) => span?.links[0]?.context.spanId)).toEqual([origin, origin]);
  });

  it("do not call a snoozed job failed", async () => {
    let calls = 0;
    await work({
      later: () => {
        calls += 1;
        if (calls === 1) throw new SnoozeError(1);
      },
    });
    await client.enqueue("later");
    const [first] = consumers(await finished(3));
    expect(first).toMatchObject({ status: { code: SpanStatusCode.UNSET }, attributes: { "ojs.job.state": "snoozed" } });
  });

  it("follow jobs that a handler enqueues, batches, and the steps of workflows", async () => {
    const { transport } = server;
    const inner = new OjsClient({ transport }).use(otel({ tracerProvider, meterProvider }));
    await work({ outer: () => inner.enqueueBatch([{ type: "inner" }, { type: "inner" }]), inner: () => undefined });
    await client.createWorkflow(chain([step("outer")]));
    const all = await finished(6);
    const outer = consumers(all).find(({ name }) => name === "ojs.job outer");
    const children = producers(all).filter(({ parentSpanContext: p }) => p?.spanId === outer?.spanContext().spanId);
    expect(children).toHaveLength(2);
    const origin = producers(all).find(({ attributes }) => attributes["ojs.job.type"] === "outer");
    expect(outer?.links[0]?.context.spanId).toBe(origin?.spanContext().spanId);
  });

  it("can be called as the specification of observability calls them", async () => {
    await work({ "email.send": () => undefined }, { spanName: "queue" });
    await client.enqueue("email.send");
    expect(consumers(await finished(2))[0]?.name).toBe("default process");
  });

  it("say that a job could not be enqueued", async () => {
    await expect(client.enqueue("Not A Type")).rejects.toThrow();
    expect(producers(await finished(1))[0]).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { "error.type": "OjsValidationError" },
    });
  });

  it("read only what is a trace context", async () => {
    await work({ t: () => undefined });
    const plain = new OjsClient({ transport: server.transport });
    const wrong = [
      "",
      "00-0-0-0",
      `00-${"0".repeat(32)}-${"1".repeat(16)}-01`,
      `ff-${"1".repeat(32)}-${"1".repeat(16)}-01`,
      7,
    ];
    for (const traceparent of wrong) await plain.enqueue("t", [], { meta: { traceparent } });
    const foreign = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-00`, tracestate: "x=1" };
    await plain.enqueue("t", [], { meta: foreign });
    const all = await finished(wrong.length + 1);
    const linked = all.filter(({ links }) => links.length > 0);
    expect(linked.map(({ links }) => links[0]?.context)).toMatchObject([
      { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 0 },
    ]);
    expect(linked[0]?.links[0]?.context.traceState?.get("x")).toBe("1");
  });
});

it("counts and measures jobs, by type and queue and never by id", async () => {
  await work({
    good: () => undefined,
    bad: () => {
      throw new Error("no");
    },
  });
  await client.enqueueBatch([
    { type: "good" },
    { type: "good" },
    { type: "bad", options: { retry: { maxAttempts: 1 } } },
  ]);
  await finished(6);
  await reader.forceFlush();
  const points = exporter
    .getMetrics()
    .at(-1)
    ?.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map((point) => ({ name: descriptor.name, unit: descriptor.unit, ...point })),
      ),
    );
  const figure = (name: string, type: string): unknown => {
    const value = points?.find((point) => point.name === name && point.attributes.type === type)?.value;
    return typeof value === "object" && value !== null && "count" in value ? value.count : value;
  };
  expect(figure("ojs.job.started", "good")).toBeGreaterThanOrEqual(2);
  expect(figure("ojs.job.completed", "good")).toBeGreaterThanOrEqual(2);
  expect(figure("ojs.job.completed", "bad")).toBeUndefined();
  expect(figure("ojs.job.failed", "bad")).toBe(1);
  expect(figure("ojs.job.enqueued", "bad")).toBe(1);
  expect(figure("ojs.job.duration", "bad")).toBe(1);
  expect(figure("ojs.job.queue_time", "bad")).toBe(1);
  expect(points?.find(({ name }) => name === "ojs.job.duration")?.unit).toBe("s");
  expect(
    points?.every(({ attributes }) => Object.keys(attributes).every((key) => /^(queue|type|state)$/.test(key))),
  ).toBe(true);
});

it("does nothing, and breaks nothing, without an OpenTelemetry SDK", async () => {
  const worker = new OjsWorker({ transport: server.transport, handleSignals: false }).use(otel());
  workers.push(worker);
  worker.register("t", () => 1);
  const plain = new OjsClient({ transport: server.transport }).use(otel());
  const job = await plain.enqueue("t");
  expect(job.meta).toEqual({});
  await worker.start();
  await expect.poll(async () => (await plain.getJob(job.id)).result, { interval: 5 }).toBe(1);
});
