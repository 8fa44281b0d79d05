/** Spans, metrics and trace context of jobs, as middleware (ojs-distributed-tracing, ojs-observability §5–§8). */
import { type MeterProvider, metrics, type TracerProvider, trace } from "@opentelemetry/api";
import type { Middleware } from "../middleware/middleware.ts";
import { traceExecution } from "./consumer-span.ts";
import { createInstruments, type Instruments } from "./instruments.ts";
import { traceEnqueue } from "./producer-span.ts";

/** See {@link otel}. */
export interface OtelOptions {
  /** Default: the global one, as it is when a job comes. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the global one, as it is at the first job. */
  readonly meterProvider?: MeterProvider;
  /**
   * How the span of an attempt is called. `type` (default): `ojs.job email.send`, as the official Rust SDK does. `queue`: `email process`,
   * as ojs-observability §6.2 has it.
   */
  readonly spanName?: "type" | "queue";
}

const SCOPE = "openjobs";

/**
 * Traces and counts jobs. On a client each job gets a producer span, whose W3C context travels in the job's `meta`; on a
 * worker each attempt gets a consumer span that links to it and is current in the handler, so that what the handler does, jobs that it enqueues
 * included, belongs to it. Without an OpenTelemetry SDK in the process it does nothing.
 *
 * Put it first, so that it sees what the other middleware does.
 *
 * @example
 * client.use(otel());
 * worker.use(otel());
 */
export function otel({ tracerProvider, meterProvider, spanName = "type" }: OtelOptions = {}): Middleware {
  // The global provider may be set after this; tracers look it up themselves, instruments do not.
  const tracer = (tracerProvider ?? trace).getTracer(SCOPE);
  let made: Instruments | undefined;
  const instruments = (): Instruments => {
    made ??= createInstruments((meterProvider ?? metrics).getMeter(SCOPE));
    return made;
  };
  return {
    name: "otel",
    enqueue: (job, next) => traceEnqueue(job, next, { tracer, instruments: instruments() }),
    execute: (job, next) => traceExecution(job, next, { tracer, instruments: instruments(), spanName }),
  };
}
