/** A job's producer and its attempts are spans that lead to each other; here without an OpenTelemetry SDK, by a small provider. */
import assert from "node:assert/strict";
import {
  INVALID_SPAN_CONTEXT,
  type Link,
  type Span,
  type SpanOptions,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { OjsClient, OjsWorker } from "openjobs";
import { otel } from "openjobs/otel";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

/** Keeps what was started. An application has the provider of its OpenTelemetry SDK, and gives none. */
const started: { readonly name: string; readonly links: readonly Link[]; readonly spanId: string }[] = [];
const tracerProvider: TracerProvider = {
  getTracer: () => ({
    startSpan: (name: string, options: SpanOptions = {}): Span => {
      const spanId = String(started.length + 1).padStart(16, "0");
      started.push({ name, links: options.links ?? [], spanId });
      return trace.wrapSpanContext({ ...INVALID_SPAN_CONTEXT, traceId: "a".repeat(32), spanId, traceFlags: 1 });
    },
    startActiveSpan: () => assert.fail("not used"),
  }),
};

await using server = await createServer({ storage: memory() });
const { transport } = server;
const client = new OjsClient({ transport }).use(otel({ tracerProvider }));
await using worker = new OjsWorker({ transport }).use(otel({ tracerProvider }));
const done = new Promise<void>((resolve) => worker.register("email.send", () => resolve()));
await worker.start();

const job = await client.enqueue("email.send", { to: "ada@example.com" });
await done;
const [producer, consumer] = started;
assert.equal(producer?.name, "default enqueue");
assert.equal(consumer?.name, "ojs.job email.send");
assert.equal(consumer?.links[0]?.context.spanId, producer?.spanId);
assert.match(String(job.meta.traceparent), /^00-a{32}-0{15}1-01$/);
console.log("ok: the attempt's span leads to the producer's");
