/**
 * W3C Trace Context in a job's `meta` (ojs-observability §5.1). Not by the global propagator, which may be set to another format or
 * to none: what is in a job is read by workers in other languages.
 */
import { type Context, createTraceState, isSpanContextValid, type SpanContext, trace } from "@opentelemetry/api";

/** Names as they are in `meta`. */
export interface TraceCarrier {
  readonly traceparent: string;
  readonly tracestate?: string;
}

const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?:-.*)?$/;

/** The context of the current span; undefined when nothing is traced. */
export function writeTraceContext(within: Context): TraceCarrier | undefined {
  const span = trace.getSpanContext(within);
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  const flags = span.traceFlags.toString(16).padStart(2, "0");
  const tracestate = span.traceState?.serialize();
  const traceparent = `00-${span.traceId}-${span.spanId}-${flags}`;
  return { traceparent, ...(tracestate ? { tracestate } : {}) };
}

/** The context that a job brought; undefined when it brought none, or nonsense. */
export function readTraceContext(meta: Readonly<Record<string, unknown>>): SpanContext | undefined {
  const { traceparent, tracestate } = meta;
  const parts = typeof traceparent === "string" ? TRACEPARENT.exec(traceparent)?.groups : undefined;
  if (parts === undefined) return undefined;
  const { traceId = "", spanId = "", flags = "" } = parts;
  const span: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(typeof tracestate === "string" ? { traceState: createTraceState(tracestate) } : {}),
  };
  return isSpanContextValid(span) ? span : undefined;
}
