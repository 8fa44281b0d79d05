/** Queues and their statistics (ojs-http-binding §11), in any of the shapes that servers send them. */
import { JOB_STATES, type JobState } from "../job.ts";
import { isMembers, type Members } from "../request-fields.ts";
import { objectAt, readObject } from "./answer-shape.ts";
import { present, text } from "./wire-values.ts";

/** A queue. */
export interface QueueInfo {
  readonly name: string;
  /** Whether workers get nothing from it. */
  readonly paused: boolean;
  /** RFC 3339. */
  readonly pausedAt?: string;
  /** RFC 3339. */
  readonly createdAt?: string;
}

/** A queue in numbers. What a server does not count is 0. */
export interface QueueStats {
  readonly name: string;
  readonly paused: boolean;
  /** Jobs by state. */
  readonly counts: Readonly<Record<JobState, number>>;
  /** How many of the discarded jobs are in the dead letter queue. */
  readonly deadLetters: number;
  readonly completedLastHour: number;
  /** Failed attempts. */
  readonly failedLastHour: number;
  /** From claimed to completed. */
  readonly avgDurationMs: number;
  /** From available to claimed. */
  readonly avgWaitMs: number;
  readonly throughputPerSecond: number;
  /** RFC 3339. */
  readonly computedAt?: string;
}

/** Reads one queue of a list. Throws a plain Error when it is none. */
export function decodeQueue(wire: unknown): QueueInfo {
  const queue = readObject(wire, "the queue");
  const name = text(queue.name);
  if (name === undefined) throw new Error("the queue has no name");
  return present<QueueInfo>({
    name,
    paused: isPaused([queue]),
    pausedAt: text(queue.paused_at),
    createdAt: text(queue.created_at),
  });
}

/** Reads the answer to pause and resume, which may be empty. */
export function decodeQueueAnswer(answer: unknown, name: string, paused: boolean): QueueInfo {
  const members = isMembers(answer) ? answer : {};
  const places = placesOf(members);
  const says = places.some((place) => "paused" in place || "status" in place);
  return present<QueueInfo>({
    name,
    paused: says ? isPaused(places) : paused,
    pausedAt: text(members.paused_at) ?? text(objectAt(members, "queue").paused_at),
    createdAt: text(objectAt(members, "queue").created_at),
  });
}

/** Reads the statistics of the queue of that name. Throws a plain Error when there are none. */
export function decodeQueueStats(answer: unknown, name: string): QueueStats {
  const members = readObject(answer, "the answer");
  const places = placesOf(members);
  const count = (field: string): number => places.map((place) => place[field]).find(isNumber) ?? 0;
  return present<QueueStats>({
    name,
    paused: isPaused(places),
    // Every state of the list gets its number, which is what the record's type says.
    counts: Object.fromEntries(JOB_STATES.map((state) => [state, count(state)])) as Record<JobState, number>,
    deadLetters: count("dead_letter"),
    completedLastHour: count("completed_last_hour"),
    failedLastHour: count("failed_last_hour"),
    avgDurationMs: count("avg_duration_ms"),
    avgWaitMs: count("avg_wait_ms"),
    throughputPerSecond: count("throughput_per_second"),
    computedAt: text(members.computed_at),
  });
}

/** http-binding has `stats`, the official cases an object `queue`, the JavaScript SDK everything at the top. */
function placesOf(answer: Members): readonly Members[] {
  return [objectAt(answer, "stats"), objectAt(answer, "queue"), answer];
}

function isPaused(places: readonly Members[]): boolean {
  return places.some((place) => place.paused === true || place.status === "paused");
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
