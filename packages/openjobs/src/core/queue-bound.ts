/** How many jobs may wait in a queue (ojs-backpressure §6), and what a producer hears that meets the bound (§7). */
import { type OjsError, ojsError } from "./errors.ts";
import type { JobState } from "./job.ts";
import { joinPath } from "./json-path.ts";
import { type Found, findMember, integerOf, isMembers, type Members, refused } from "./request-fields.ts";

/** The bound of a queue. */
export interface QueueBound {
  /** Jobs that may wait: {@link depthOf}. */
  readonly maxDepth: number;
  /** From this part of the bound on, 0 to 1, producers are told how full the queue is. */
  readonly warningThreshold: number;
}

/** How full a queue is that has a bound. */
export interface QueuePressure {
  readonly queue: string;
  readonly depth: number;
  readonly bound: number;
}

const MEMBERS = ["max_depth", "max_size_bytes", "strategy", "warning_threshold"] as const;

const WARNING_THRESHOLD = 0.8;

const HINT = 'Send {"max_depth": 50000, "strategy": "reject", "warning_threshold": 0.8}; a max_depth of 0 is no bound.';

/**
 * Checks the setting `backpressure` of a queue.
 *
 * @returns null when it sets no bound.
 * @throws OjsError `invalid_request` that names the member, also for what this server does not do: a bound of bytes, and
 * strategies other than `reject`. Accepted, they would leave a queue without the bound that its owner counts on.
 */
export function readQueueBound({ value, field }: Found): QueueBound | null {
  if (!isMembers(value)) throw refused(field, "must be an object", HINT);
  refuseOthers(value, field);
  const maxDepth = findMember(value, "max_depth", field);
  const depth = maxDepth.value === null ? 0 : integerOf(maxDepth, 0, Number.MAX_SAFE_INTEGER);
  const warningThreshold = readThreshold(findMember(value, "warning_threshold", field));
  return depth === 0 ? null : { maxDepth: depth, warningThreshold };
}

function refuseOthers(members: Members, field: string): void {
  const unknown = Object.keys(members).find((name) => !MEMBERS.some((known) => known === name));
  if (unknown !== undefined) throw refused(joinPath(field, unknown), "is no member of a bound", HINT);
  const strategy = findMember(members, "strategy", field);
  if (strategy.value !== null && strategy.value !== "reject") {
    throw refused(strategy.field, 'must be "reject": to block or to drop jobs is not supported', HINT);
  }
  const bytes = findMember(members, "max_size_bytes", field);
  if (bytes.value !== null && bytes.value !== 0) {
    throw refused(bytes.field, "must be 0: a bound of bytes is not supported", "Use max_depth.");
  }
}

function readThreshold({ value, field }: Found): number {
  if (value === null) return WARNING_THRESHOLD;
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw refused(field, "must be a number from 0 to 1");
}

/** The bound as a setting. */
export function encodeQueueBound({ maxDepth, warningThreshold }: QueueBound): object {
  return { max_depth: maxDepth, strategy: "reject", warning_threshold: warningThreshold };
}

/** Work that is neither done nor running (ojs-backpressure §3). */
export function depthOf({ counts }: { readonly counts: Readonly<Record<JobState, number>> }): number {
  return counts.available + counts.scheduled + counts.retryable + counts.pending;
}

/** Whether the queue is full enough for a warning. */
export function isPressing(
  { depth }: Pick<QueuePressure, "depth">,
  { maxDepth, warningThreshold }: QueueBound,
): boolean {
  return depth >= maxDepth * warningThreshold;
}

/** Why a job is refused whose queue has no room for it. */
export function queueFull({ queue, depth, bound }: QueuePressure): OjsError {
  return ojsError("queue_full", `Queue '${queue}' has no room: ${depth} jobs wait in it, and its bound is ${bound}.`, {
    details: { queue, depth, bound, strategy: "reject" },
  });
}
