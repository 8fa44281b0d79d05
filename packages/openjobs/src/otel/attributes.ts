/** Attributes of spans (ojs-observability §7). */
import type { Attributes, Span } from "@opentelemetry/api";
import { SpanStatusCode } from "@opentelemetry/api";
import type { JobContext } from "../middleware/job-context.ts";
import type { OutgoingJob } from "../middleware/middleware.ts";

/** Of a job on its way to the server. */
export function outgoingAttributes({ id, type, queue, priority, scheduledAt }: OutgoingJob): Attributes {
  return {
    ...common({ type, queue }),
    "messaging.operation.type": "publish",
    ...(id === undefined ? {} : { "ojs.job.id": id, "messaging.message.id": id }),
    ...(typeof priority === "number" ? { "ojs.job.priority": priority } : {}),
    ...(scheduledAt === undefined ? {} : { "ojs.job.scheduled_at": scheduledAtText(scheduledAt) }),
  };
}

/** Of a job that runs. */
export function runningAttributes({ id, type, queue, attempt, workerId, workflowId, job }: JobContext): Attributes {
  return {
    ...common({ type, queue }),
    "messaging.operation.type": "process",
    "messaging.message.id": id,
    "ojs.job.id": id,
    "ojs.job.attempt": attempt,
    "ojs.job.priority": job.priority,
    "ojs.worker.id": workerId,
    ...(workflowId === undefined ? {} : { "ojs.workflow.id": workflowId }),
  };
}

/** Marks a span as failed (ojs-distributed-tracing §8). */
export function recordFailure(span: Span, error: unknown, attempt?: number): void {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  span.recordException(error instanceof Error ? error : message);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.setAttributes({
    "error.type": name,
    "error.message": message,
    ...(attempt === undefined ? {} : { "ojs.job.error.attempt": attempt }),
  });
}

function common({ type, queue }: { readonly type: string; readonly queue: string }): Attributes {
  return {
    "messaging.system": "ojs",
    "messaging.destination.name": queue,
    "ojs.job.type": type,
    "ojs.job.queue": queue,
  };
}

function scheduledAtText(at: Date | string): string {
  return typeof at === "string" ? at : at.toISOString();
}
