/**
 * Delivers outcomes. An outcome is repeated for as long as the lease lives, because the lease fences repetitions; it is
 * never replaced by another one after trouble on the way, or a success could be reported as a failure.
 */
import { type Clock, pause } from "../core/clock.ts";
import { OjsError } from "../core/errors.ts";
import type { Holding } from "./holdings.ts";
import type { Outcome } from "./outcome.ts";
import { resultRejected } from "./outcome.ts";
import type { WorkerLogger } from "./logger.ts";
import type { WorkerProtocol } from "./protocol.ts";

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;

/** What the settler works with. */
export interface SettlerDeps {
  readonly protocol: Pick<WorkerProtocol, "ack" | "nack">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: WorkerLogger;
  /** Aborted when the worker cannot wait for the server any longer. */
  readonly halted: AbortSignal;
}

/** Resolves when the server has answered for good or the lease is over; never rejects. */
export async function settle(holding: Holding, outcome: Outcome, deps: SettlerDeps): Promise<void> {
  let current = outcome;
  for (let attempt = 0; ; attempt += 1) {
    const error = await deliver(holding, current, deps);
    if (error === undefined) return;
    if (isFinal(error)) return gaveUp(holding, error, deps, "the server no longer counts this worker as its holder");
    if (isRefusedContent(error)) {
      if (current.kind !== "ack") return gaveUp(holding, error, deps, "the server refuses its failure report");
      current = resultRejected(error.message);
      continue;
    }
    const delay = retryDelay(attempt, deps.random);
    if (deps.clock.now() + delay >= holding.safeUntil()) {
      return gaveUp(holding, error, deps, "its lease ran out before the server could be told");
    }
    await pause(deps.clock, delay, deps.halted);
    if (deps.halted.aborted) return gaveUp(holding, error, deps, "the worker stopped before the server could be told");
  }
}

async function deliver(holding: Holding, outcome: Outcome, deps: SettlerDeps): Promise<OjsError | undefined> {
  try {
    if (outcome.kind === "ack") await deps.protocol.ack(holding.ref, outcome.result);
    if (outcome.kind === "nack") await deps.protocol.nack(holding.ref, outcome.error, outcome.requeue);
    return undefined;
  } catch (error) {
    return error instanceof OjsError ? error : unexpected(error);
  }
}

function unexpected(error: unknown): OjsError {
  return new OjsError("connection_error", "the outcome could not be sent", { cause: error });
}

/** Somebody else owns the job now, or it is gone: repeating cannot change that. */
function isFinal(error: OjsError): boolean {
  return error.status === 409 || error.status === 404;
}

function isRefusedContent(error: OjsError): boolean {
  return error.status === 400 || error.status === 413 || error.status === 422;
}

function retryDelay(attempt: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return ceiling * (0.5 + random() / 2);
}

function gaveUp(holding: Holding, error: OjsError, deps: SettlerDeps, why: string): void {
  deps.logger.warn(`the outcome of job ${holding.job.id} was dropped: ${why}`, {
    jobId: holding.job.id,
    type: holding.job.type,
    error,
  });
}
