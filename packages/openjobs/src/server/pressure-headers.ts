/** Tells producers how full a queue is before it is full (ojs-backpressure §7.3). */
import type { QueuePressure } from "../core/queue-bound.ts";
import type { Enqueued } from "../engine/enqueued.ts";

/** Of a batch the queue that is fullest; nothing while none is near its bound. */
export function pressureHeaders(enqueued: readonly Enqueued[]): Readonly<Record<string, string>> {
  let fullest: QueuePressure | undefined;
  for (const { pressure } of enqueued) {
    if (pressure !== undefined && (fullest === undefined || partOf(pressure) >= partOf(fullest))) fullest = pressure;
  }
  if (fullest === undefined) return {};
  return { ...depthHeaders(fullest), "x-ojs-queue-pressure": partOf(fullest).toFixed(2) };
}

/** The depth of a queue and its bound (§7.2). */
export function depthHeaders({
  depth,
  bound,
}: Pick<QueuePressure, "depth" | "bound">): Readonly<Record<string, string>> {
  return { "x-ojs-queue-depth": `${depth}`, "x-ojs-queue-bound": `${bound}` };
}

function partOf({ depth, bound }: QueuePressure): number {
  return depth / bound;
}
