/**
 * Asks for work whenever there is a free slot. One fetch is on its way at a time; it waits at the server, so an idle
 * worker costs nothing, and a slot that becomes free fetches at once.
 */
import type { Logger } from "../client/logger.ts";
import { type Clock, pause } from "../core/clock.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { OjsError } from "../core/errors.ts";
import type { Wanted, WorkerProtocol } from "./protocol.ts";
import type { Quotas } from "./quotas.ts";
import type { Slots } from "./slots.ts";
import { isRefusal } from "./verdict.ts";

const FIRST_BACKOFF_MS = 100;
/** A worker must be back within a second of its server (and not hammer one that is down). */
const LONGEST_BACKOFF_MS = 800;
/** The same for refusals that only people can repair, such as a wrong key. */
const LONGEST_REFUSED_BACKOFF_MS = 5_000;
/** Also when `Retry-After` asks for more. */
const LONGEST_REST_MS = 30_000;
/** A fetch that has waited for so long at the server waits for work and can be aborted; a younger one is being answered. */
const ANSWER_MS = 250;

/** What the fetcher works with. */
export interface FetcherDeps {
  readonly protocol: Pick<WorkerProtocol, "fetch">;
  readonly slots: Pick<Slots, "free" | "freed" | "reserve" | "unreserve">;
  readonly quotas: Pick<Quotas, "ask" | "answered">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Starts the jobs that came, or hands them back when nobody wants them any more. */
  readonly take: (jobs: readonly Job[]) => void;
  /** Shortest time between fetches that bring nothing: there are servers that do not hold them. */
  readonly pollMs: number;
}

/** A fetch that brought no jobs because it failed. */
interface Failed {
  readonly error: unknown;
}

/** Fetches and starts jobs until the signal is aborted; resolves when no fetch is on its way any more, never rejects. */
export async function fetchUntil(stop: AbortSignal, deps: FetcherDeps): Promise<void> {
  let failures = 0;
  while (!stop.aborted) {
    const ask = deps.quotas.ask(deps.slots.free());
    if (ask === undefined) {
      await deps.slots.freed(stop);
      continue;
    }
    const sentAt = deps.clock.now();
    deps.slots.reserve(ask.count);
    const answer = await fetchOnce(ask, stop, sentAt, deps);
    deps.slots.unreserve(ask.count);
    deps.quotas.answered(ask);
    if ("error" in answer) {
      failures += 1;
      await restAfterFailure(answer, failures, stop, deps);
    } else {
      failures = 0;
      if (answer.length > 0) deps.take(answer);
      else await restAfterNothing(sentAt, stop, deps);
    }
  }
}

/**
 * When the worker stops, an answer that may be on its way is waited for: the server would believe that its jobs have
 * arrived, and they would stay with nobody until their leases end.
 */
async function fetchOnce(
  wanted: Wanted,
  stop: AbortSignal,
  sentAt: number,
  deps: FetcherDeps,
): Promise<readonly Job[] | Failed> {
  const call = new AbortController();
  let cancel = (): void => undefined;
  const onStop = (): void => {
    cancel = deps.clock.schedule(sentAt + ANSWER_MS, () => call.abort());
  };
  stop.addEventListener("abort", onStop, { once: true });
  try {
    return await deps.protocol.fetch(wanted, { signal: call.signal });
  } catch (error) {
    return { error };
  } finally {
    cancel();
    stop.removeEventListener("abort", onStop);
  }
}

/** Empty answers come once per poll interval at most, however long the server held the fetch. */
async function restAfterNothing(sentAt: number, stop: AbortSignal, deps: FetcherDeps): Promise<void> {
  const { clock, random, pollMs } = deps;
  const left = sentAt + pollMs * (0.75 + random() / 2) - clock.now();
  if (left > 0) await pause(clock, left, stop);
}

async function restAfterFailure(
  { error }: Failed,
  failures: number,
  stop: AbortSignal,
  deps: FetcherDeps,
): Promise<void> {
  if (stop.aborted) return;
  const refused = isRefusal(error);
  // A server that is down for a night should not fill a disk.
  if ((failures & (failures - 1)) === 0) {
    const facts = { error, failures };
    if (refused) deps.logger.error("the server refuses to hand out jobs; trying again", facts);
    else deps.logger.warn("fetching jobs failed; trying again", facts);
  }
  const longest = refused ? LONGEST_REFUSED_BACKOFF_MS : LONGEST_BACKOFF_MS;
  const ceiling = Math.min(longest, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 10));
  const asked = error instanceof OjsError ? (error.retryAfterMs ?? 0) : 0;
  const ms = Math.max(ceiling * (0.5 + deps.random() / 2), Math.min(asked, LONGEST_REST_MS));
  await pause(deps.clock, ms, stop);
}
