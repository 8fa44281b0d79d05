/** The span of a job that is enqueued, and its context on its way with the job (ojs-observability §5.1, §6.1). */
import { type Context, context, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import type { EnqueueNext, OutgoingJob, SubmittedJob } from "../middleware/middleware.ts";
import { outgoingAttributes, recordFailure } from "./attributes.ts";
import type { Instruments } from "./instruments.ts";
import { writeTraceContext } from "./trace-context.ts";

interface Deps {
  readonly tracer: Tracer;
  readonly instruments: Instruments;
}

/** Hands the job on inside of a producer span. */
export async function traceEnqueue(
  job: OutgoingJob,
  next: EnqueueNext,
  { tracer, instruments }: Deps,
): Promise<SubmittedJob | null> {
  const { type, queue } = job;
  const kind = SpanKind.PRODUCER;
  const span = tracer.startSpan(`${queue} enqueue`, { kind, attributes: outgoingAttributes(job) });
  const within = trace.setSpan(context.active(), span);
  const startedAt = performance.now();
  try {
    const submitted = await context.with(within, () => next(withTrace(job, within)));
    if (submitted === null) span.setAttribute("ojs.job.state", "dropped");
    else {
      span.setStatus({ code: SpanStatusCode.OK });
      if (submitted.accepted !== undefined) span.setAttribute("ojs.job.state", submitted.accepted.state);
      instruments.enqueued.add(1, { queue, type });
      instruments.enqueueDuration.record((performance.now() - startedAt) / 1_000, { queue });
    }
    return submitted;
  } catch (error) {
    recordFailure(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Steps also carry where their workflow began: later ones get the context of the step before them (§5.3). */
function withTrace(job: OutgoingJob, within: Context): OutgoingJob {
  const carrier = writeTraceContext(within);
  if (carrier === undefined) return job;
  const origin = job.via === "workflow" ? { "ojs.workflow.trace_origin": carrier.traceparent } : {};
  return { ...job, meta: { ...job.meta, ...carrier, ...origin } };
}
