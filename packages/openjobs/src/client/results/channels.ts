/** Which channels tell of the ends of jobs. */
import { apiPath, queryString } from "../call.ts";
import type { Waited } from "./wait.ts";

/** What one stream listens to. */
export interface Channels {
  readonly path: string;
  /** Whether it tells much of jobs that nobody waits for. */
  readonly isWide: boolean;
  covers(wait: Waited): boolean;
}

/** Jobs by name on one stream. With more the request's line would be longer than proxies take. */
const MAX_JOBS = 100;

/** Below this it is worth a new connection to hear less. */
const FEW_JOBS = 25;

/** Queues by name. */
const MAX_QUEUES = 50;

/**
 * Jobs one by one while they are few; then the queues that they are in, so that more jobs of them need no other connection; and
 * everything, when the queue of one is not known.
 */
export function jobChannels(waits: ReadonlyMap<string, Waited>): Channels {
  if (waits.size <= MAX_JOBS) {
    const ids = new Set(waits.keys());
    return { path: pathOf([...ids].map((id) => `job:${id}`)), isWide: false, covers: ({ id }) => ids.has(id) };
  }
  const queues = new Set([...waits.values()].map(({ queue }) => queue));
  if (queues.has(undefined) || queues.size > MAX_QUEUES) {
    return { path: pathOf(["all"]), isWide: true, covers: () => true };
  }
  return {
    path: pathOf([...queues].map((name) => `queue:${name}`)),
    isWide: true,
    covers: ({ queue }) => queues.has(queue),
  };
}

/** Whether a stream tells much more than anybody wants to know. */
export function isTooWide({ isWide }: Channels, waits: ReadonlyMap<string, Waited>): boolean {
  return isWide && waits.size <= FEW_JOBS;
}

function pathOf(channels: readonly string[]): string {
  return apiPath("events", "stream") + queryString({ channel: channels, event_types: "job.state_changed" });
}
