/** The span of one attempt (ojs-observability §5.2, §6.2, ojs-distributed-tracing §8). */
import { context, type Link, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import type { JobContext } from "../middleware/job-context.ts";
import type { ExecuteNext } from "../middleware/middleware.ts";
import { recordFailure, runningAttributes } from "./attributes.ts";
import type { Instruments } from "./instruments.ts";
import { readTraceContext } from "./trace-context.ts";

interface Deps {
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  readonly spanName: "type" | "queue";
}

/** Runs the handler inside of a consumer span: a trace of its own, with a link to where the job comes from. */
export async function traceExecution(job: JobContext, next: ExecuteNext, deps: Deps): Promise<unknown> {
  const { tracer, instruments, spanName } = deps;
  const { type, queue, attempt } = job;
  const name = spanName === "type" ? `ojs.job ${type}` : `${queue} process`;
  const options = { kind: SpanKind.CONSUMER, root: true, attributes: runningAttributes(job), links: linksOf(job) };
  const span = tracer.startSpan(name, options, ROOT_CONTEXT);
  const startedAt = performance.now();
  const ended = (state: string): void => {
    span.setAttribute("ojs.job.state", state);
    instruments.duration.record((performance.now() - startedAt) / 1_000, { queue, type, state });
  };
  countStart(job, instruments);
  try {
    const result = await context.with(trace.setSpan(context.active(), span), () => next());
    span.setStatus({ code: SpanStatusCode.OK });
    instruments.completed.add(1, { queue, type });
    ended("completed");
    return result;
  } catch (error) {
    if (isSnooze(error)) ended("snoozed");
    else {
      recordFailure(span, error, attempt);
      instruments.failed.add(1, { queue, type });
      ended("failed");
    }
    throw error;
  } finally {
    instruments.active.add(-1, { queue, type });
    span.end();
  }
}

function countStart({ type, queue, attempt, job }: JobContext, instruments: Instruments): void {
  const labels = { queue, type };
  instruments.active.add(1, labels);
  instruments.started.add(1, labels);
  if (attempt > 1) instruments.retried.add(1, labels);
  const waited = Date.now() - Date.parse(job.scheduledAt ?? job.enqueuedAt);
  // Two machines, two clocks.
  if (attempt === 1 && waited >= 0) instruments.queueTime.record(waited / 1_000, labels);
}

/** Of every attempt, so that a retry is found from its job's beginnings as the first one is. */
function linksOf({ meta, attempt }: JobContext): Link[] {
  const origin = readTraceContext(meta);
  return origin === undefined ? [] : [{ context: origin, attributes: { "ojs.job.attempt": attempt } }];
}

/** Not a failure: the handler asked for another moment (ojs-sdk-guidelines SDK-013). */
function isSnooze(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "SNOOZE";
}
