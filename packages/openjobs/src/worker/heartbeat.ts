/**
 * The heartbeat (ojs-worker-protocol §4): keeps leases alive and carries directives back. It goes on until the last job
 * is settled, long after fetching has stopped, and a failed beat changes nothing but the time of the next one.
 */
import type { Logger } from "../client/logger.ts";
import { type Clock, pause } from "../core/clock.ts";
import type { Holding, Holdings } from "./holdings.ts";
import type { HeartbeatAnswer, WorkerProtocol, WorkerState } from "./protocol.ts";

/** Beats per lease, so that two in a row may fail before the lease is lost. */
const BEATS_PER_LEASE = 4;
/** However short a lease is, the server is left in peace for so long. */
const SHORTEST_INTERVAL_MS = 100;

/** What the heartbeat works with. */
export interface HeartbeatDeps {
  readonly protocol: Pick<WorkerProtocol, "heartbeat">;
  readonly holdings: Pick<Holdings, "kept">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  readonly state: () => WorkerState;
  readonly onDirective: (directive: WorkerState) => void;
}

/** See {@link createHeartbeat}. */
export interface Heartbeat {
  start(): void;
  /** Makes sure that the next beat is early enough for this job's lease. */
  cover(holding: Holding): void;
  /** Beats for this job now; one under way that lists it is shared. Rejects with an `OjsError` when that fails. */
  beatFor(holding: Holding): Promise<void>;
  /** Ends the heartbeat and tells the server that the worker is gone; gives up after `limitMs`. Never rejects. */
  farewell(limitMs: number): Promise<void>;
}

/** A beat on its way. */
interface Beat {
  readonly listed: readonly Holding[];
  readonly done: Promise<void>;
}

/** A heartbeat that does nothing until it is started. */
export function createHeartbeat(deps: HeartbeatDeps): Heartbeat {
  const closing = new AbortController();
  const timer = createEarliestTimer(deps.clock);
  let current: Beat | undefined;
  let failures = 0;

  const beat = (): Promise<void> => {
    const listed = deps.holdings.kept();
    const own: Beat = { listed, done: beatOnce(listed, closing.signal, deps) };
    current = own;
    return own.done.finally(() => {
      if (current === own) current = undefined;
    });
  };
  const failed = (error: unknown): void => {
    failures += 1;
    // The 1st, 2nd, 4th, 8th …: a server that is down for a night should not fill a disk.
    const isTold = (failures & (failures - 1)) === 0;
    if (isTold && !closing.signal.aborted) deps.logger.warn("a heartbeat failed", { error, failures });
  };
  const onTimer = (): void => {
    const sentAt = deps.clock.now();
    void beat()
      .then(() => {
        failures = 0;
      }, failed)
      .then(() => timer.plan(Math.max(deps.clock.now(), sentAt + untilNext(deps)), onTimer));
  };
  return {
    start: () => timer.plan(deps.clock.now(), onTimer),
    cover: (holding) => timer.plan(deps.clock.now() + intervalOf(holding), onTimer),
    beatFor: (holding) => (current?.listed.includes(holding) ? current.done : beat()),
    farewell: async (limitMs) => {
      timer.stop();
      // A beat that overtakes the last one would register the worker again.
      if (current !== undefined) await settledWithin(current.done, limitMs, deps.clock);
      closing.abort();
      await sayGoodbye(limitMs, deps);
    },
  };
}

/** Fires at the earliest of the planned times, then forgets the others. */
function createEarliestTimer(clock: Clock): { plan(at: number, run: () => void): void; stop(): void } {
  let next = Number.POSITIVE_INFINITY;
  let cancel = (): void => undefined;
  let stopped = false;
  return {
    plan: (at, run) => {
      if (stopped || at >= next) return;
      cancel();
      next = at;
      cancel = clock.schedule(at, () => {
        next = Number.POSITIVE_INFINITY;
        run();
      });
    },
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}

function untilNext({ holdings, intervalMs }: HeartbeatDeps): number {
  let soonest = intervalMs;
  for (const holding of holdings.kept()) soonest = Math.min(soonest, intervalOf(holding));
  return soonest;
}

function intervalOf({ leaseMs }: Holding): number {
  return Math.max(SHORTEST_INTERVAL_MS, Math.floor(leaseMs / BEATS_PER_LEASE));
}

async function beatOnce(listed: readonly Holding[], signal: AbortSignal, deps: HeartbeatDeps): Promise<void> {
  // Taken before the call: the lease counts from some moment after this one, so the estimate is on the safe side.
  const sentAt = deps.clock.now();
  const call = { state: deps.state(), jobs: listed.map((holding) => holding.ref) };
  // Given up when the next one is due: a beat that hangs must not keep that one from being sent.
  const answer = await deps.protocol.heartbeat(call, { signal, timeout: untilNext(deps) });
  apply(answer, listed, sentAt);
  if (answer.directive !== undefined) deps.onDirective(answer.directive);
}

function apply(answer: HeartbeatAnswer, listed: readonly Holding[], sentAt: number): void {
  const cancelled = new Set(answer.cancelled);
  const lost = new Set(answer.lost);
  const extended = answer.extended === undefined ? undefined : new Set(answer.extended);
  for (const holding of listed) {
    const { id } = holding.job;
    if (cancelled.has(id)) holding.lose("cancelled");
    else if (lost.has(id)) holding.lose("lease_lost");
    else if (extended?.has(id) ?? true) holding.extend(sentAt + holding.leaseMs);
  }
}

/** Lets the server forget the worker at once; without it, it notices after a while by itself. */
async function sayGoodbye(limitMs: number, { protocol, logger }: HeartbeatDeps): Promise<void> {
  try {
    await protocol.heartbeat({ state: "terminate", jobs: [] }, { timeout: limitMs });
  } catch (error) {
    logger.debug("the last heartbeat was not answered", { error });
  }
}

async function settledWithin(promise: Promise<void>, ms: number, clock: Clock): Promise<void> {
  const settled = new AbortController();
  const done = (): void => settled.abort();
  promise.then(done, done);
  await pause(clock, ms, settled.signal);
}
