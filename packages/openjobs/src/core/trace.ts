/** The trace that a job belongs to (ojs-events §8). */
import type { JsonText } from "./job.ts";

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-/;

/** The trace id in a job's meta: `trace_id` if the producer set it, else the one inside `traceparent`. */
export function traceIdOf(meta: JsonText): string | undefined {
  // Most jobs carry no trace, and this runs for every event.
  if (!meta.includes('"trace')) return undefined;
  const { trace_id: traceId, traceparent }: { trace_id?: unknown; traceparent?: unknown } = JSON.parse(meta);
  if (typeof traceId === "string" && traceId !== "") return traceId;
  return typeof traceparent === "string" ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}
