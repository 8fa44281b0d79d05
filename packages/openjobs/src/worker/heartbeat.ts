/**
 * The heartbeat (ojs-worker-protocol §4): keeps leases alive and carries directives back. It goes on until the last job
 * is settled, long after fetching has stopped, and a failed beat changes nothing but the time of the next one.
 */
import type { Clock } from "../core/clock.ts";
import type { Holding, Holdings } from "./holdings.ts";
import type { WorkerLogger } from "./logger.ts";
import type { HeartbeatAnswer, HeartbeatCall, WorkerProtocol } from "./protocol.ts";

/** Beats per lease, so that two may be lost before the lease is. */
const BEATS_PER_LEASE = 3;

/** What the heartbeat works with. */
export interface HeartbeatDeps {
  readonly protocol: Pick<WorkerProtocol, "heartbeat">;
  readonly holdings: Holdings;
  readonly clock: Clock;
  readonly logger: WorkerLogger;
  readonly intervalMs: number;
  readonly state: () => HeartbeatCall["state"];
  readonly onDirective: (directive: "running" | "quiet" | "terminate") => void;
}

/** See {@link createHeartbeat}. */
export interface Heartbeat {
  start(): void;
  /** Beats now; beats already under way are shared. Rejects with an `OjsError` when the server cannot be told. */
  beat(): Promise<void>;
  /** Makes sure that the next beat is early enough for this job's lease. */
  cover(holding: Holding): void;
  stop(): void;
}

/** A heartbeat that does nothing until it is started. */
export function createHeartbeat(deps: HeartbeatDeps): Heartbeat {
  let running = false;
  let next = { at: Number.POSITIVE_INFINITY, cancel: (): void => undefined };
  let inFlight: Promise<void> | undefined;

  const plan = (at: number): void => {
    if (!running || at >= next.at) return;
    next.cancel();
    next = { at, cancel: deps.clock.schedule(at, onTimer) };
  };
  const onTimer = (): void => {
    next = { at: Number.POSITIVE_INFINITY, cancel: () => undefined };
    void beat()
      .catch((error: unknown) => deps.logger.warn("a heartbeat failed", { error }))
      .finally(() => plan(deps.clock.now() + untilNext(deps)));
  };
  const beat = (): Promise<void> => {
    inFlight ??= beatOnce(deps).finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  };
  return {
    start: () => {
      running = true;
      plan(deps.clock.now());
    },
    beat,
    cover: (holding) => plan(deps.clock.now() + holding.leaseMs / BEATS_PER_LEASE),
    stop: () => {
      running = false;
      next.cancel();
    },
  };
}

function untilNext(deps: HeartbeatDeps): number {
  const leases = deps.holdings.all().map((holding) => holding.leaseMs / BEATS_PER_LEASE);
  return Math.min(deps.intervalMs, ...leases);
}

async function beatOnce(deps: HeartbeatDeps): Promise<void> {
  const listed = deps.holdings.all();
  // Taken before the call: the lease counts from some moment after this one, so the estimate is on the safe side.
  const sentAt = deps.clock.now();
  const answer = await deps.protocol.heartbeat({
    state: deps.state(),
    jobs: listed.map((holding) => holding.ref),
  });
  apply(answer, listed, sentAt);
  if (answer.directive !== undefined) deps.onDirective(answer.directive);
}

function apply(answer: HeartbeatAnswer, listed: readonly Holding[], sentAt: number): void {
  const extended = new Set(answer.extended);
  const cancelled = new Set(answer.cancelled);
  const lost = new Set(answer.lost);
  for (const holding of listed) {
    const { id } = holding.job;
    if (extended.has(id)) holding.extend(sentAt + holding.leaseMs);
    else if (cancelled.has(id)) holding.abort("cancelled");
    else if (lost.has(id)) holding.abort("lease_lost");
  }
}
