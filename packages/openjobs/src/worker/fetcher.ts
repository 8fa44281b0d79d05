/**
 * Asks for work whenever there is a free slot. One fetch is on its way at a time; it waits at the server, so an idle
 * worker costs nothing, and a slot that becomes free fetches at once.
 */
import { type Clock, pause } from "../core/clock.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { WorkerLogger } from "./logger.ts";
import type { WorkerProtocol } from "./protocol.ts";
import type { Slots } from "./slots.ts";

const FIRST_BACKOFF_MS = 100;
/** A worker must be back within a second of its server (and not hammer one that is down). */
const LONGEST_BACKOFF_MS = 800;

/** What the fetcher works with. */
export interface FetcherDeps {
  readonly protocol: Pick<WorkerProtocol, "fetch">;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: WorkerLogger;
  readonly start: (job: Job, fetchedAt: number) => void;
  /** Takes jobs that came although nobody wants them any more. */
  readonly handBack: (jobs: readonly Job[]) => void;
  /** How long the server is asked to hold an empty fetch. */
  readonly waitMs: number;
  /** Pause after an empty answer of a server that does not hold fetches. */
  readonly pollMs: number;
}

/** Fetches and starts jobs until the signal is aborted; never rejects. */
export async function fetchUntil(signal: AbortSignal, deps: FetcherDeps): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    if (deps.slots.free() === 0) {
      await deps.slots.freed(signal);
      continue;
    }
    const sentAt = deps.clock.now();
    const jobs = await fetchOnce(signal, deps);
    failures = jobs === undefined ? failures + 1 : 0;
    if (jobs !== undefined && jobs.length > 0) hand(jobs, sentAt, signal, deps);
    else await rest(failures, sentAt, signal, deps);
  }
}

async function fetchOnce(signal: AbortSignal, deps: FetcherDeps): Promise<readonly Job[] | undefined> {
  try {
    return await deps.protocol.fetch(deps.slots.free(), signal);
  } catch (error) {
    if (!signal.aborted) deps.logger.warn("fetching jobs failed; trying again", { error });
    return undefined;
  }
}

function hand(jobs: readonly Job[], sentAt: number, signal: AbortSignal, deps: FetcherDeps): void {
  if (signal.aborted) return deps.handBack(jobs);
  const room = deps.slots.free();
  for (const job of jobs.slice(0, room)) deps.start(job, sentAt);
  // A server that answers with more than was asked for must not push the worker over its concurrency.
  if (jobs.length > room) deps.handBack(jobs.slice(room));
}

async function rest(failures: number, sentAt: number, signal: AbortSignal, deps: FetcherDeps): Promise<void> {
  if (signal.aborted) return;
  if (failures > 0) return pause(deps.clock, backoff(failures, deps.random), signal);
  const waited = deps.clock.now() - sentAt;
  if (waited < Math.min(deps.waitMs, deps.pollMs) / 2) {
    await pause(deps.clock, deps.pollMs * (0.75 + deps.random() / 2), signal);
  }
}

function backoff(failures: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 10));
  return ceiling * (0.5 + random() / 2);
}
