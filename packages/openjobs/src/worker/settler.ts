/**
 * Delivers outcomes. An outcome is repeated for as long as the lease lives, because the lease fences repetitions; it is
 * never replaced by another one after trouble on the way, or a success could be reported as a failure.
 */
import type { Logger } from "../client/logger.ts";
import { type Clock, pause } from "../core/clock.ts";
import { OjsError, ojsError } from "../core/errors.ts";
import type { Holding } from "./holdings.ts";
import { type Outcome, resultRejected } from "./outcome.ts";
import type { WorkerProtocol } from "./protocol.ts";
import { isServersWord } from "./verdict.ts";

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;
/** Also when `Retry-After` asks for more: a lease is waiting. */
const LONGEST_ASKED_DELAY_MS = 5_000;

/** What the settler works with. */
export interface SettlerDeps {
  readonly protocol: Pick<WorkerProtocol, "ack" | "nack">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Aborted when the worker cannot wait for the server any longer. */
  readonly halted: AbortSignal;
}

/** Why an outcome was not delivered. */
interface Dropped {
  readonly error: OjsError;
  readonly why: string;
}

/** Resolves when the server has answered for good or the lease is over; never rejects. */
export async function settle(holding: Holding, outcome: Outcome, deps: SettlerDeps): Promise<void> {
  if (outcome.kind === "silence") return;
  const refused = await deliver(holding, outcome, deps);
  if (refused === undefined) return;
  if (outcome.kind === "ack" && isRefusedContent(refused.error)) {
    deps.logger.warn(`the result of job ${holding.job.id} was refused`, factsOf(holding, refused.error));
    await settle(holding, resultRejected(refused.error.message), deps);
  } else {
    tell(holding, outcome, refused, deps.logger);
  }
}

/** Repeats one outcome until it is answered for good; undefined = it was accepted. */
async function deliver(holding: Holding, outcome: Outcome, deps: SettlerDeps): Promise<Dropped | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    const error = await send(holding, outcome, deps);
    if (error === undefined) return undefined;
    if (isFinal(error)) return { error, why: "the server no longer counts this worker as its holder" };
    if (isRefusedContent(error)) return { error, why: "the server refuses what it says" };
    // Meanwhile a heartbeat may extend the lease, so its end is looked at afterwards.
    await pause(deps.clock, delayAfter(error, attempt, deps.random), deps.halted);
    if (deps.halted.aborted) return { error, why: "the worker stopped before the server could be told" };
    if (deps.clock.now() >= holding.safeUntil()) {
      return { error, why: "its lease ran out before the server could be told" };
    }
  }
}

async function send({ ref }: Holding, outcome: Outcome, deps: SettlerDeps): Promise<OjsError | undefined> {
  const { protocol, halted: signal } = deps;
  try {
    if (outcome.kind === "ack") await protocol.ack(ref, outcome.result, { signal });
    if (outcome.kind === "nack") await protocol.nack(ref, outcome.error, outcome.requeue, { signal });
    return undefined;
  } catch (error) {
    return error instanceof OjsError ? error : unexpected(error);
  }
}

function unexpected(cause: unknown): OjsError {
  return ojsError("connection_error", "the outcome could not be sent", { cause });
}

/** Somebody else owns the job now, or it is gone: repeating cannot change that. */
function isFinal(error: OjsError): boolean {
  return (error.status === 409 || error.status === 404) && isServersWord(error);
}

/** A proxy may refuse what is too large, too. */
function isRefusedContent(error: OjsError): boolean {
  return error.status === 413 || ((error.status === 400 || error.status === 422) && isServersWord(error));
}

function delayAfter({ retryAfterMs = 0 }: OjsError, attempt: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return Math.max(ceiling * (0.5 + random() / 2), Math.min(retryAfterMs, LONGEST_ASKED_DELAY_MS));
}

/** A success that nobody knows of will be repeated; a failure that comes too late only confirms what happened. */
function tell(holding: Holding, outcome: Outcome, { error, why }: Dropped, logger: Logger): void {
  const level = outcome.kind === "nack" && isFinal(error) ? "info" : "warn";
  logger[level](`the outcome of job ${holding.job.id} was dropped: ${why}`, factsOf(holding, error));
}

function factsOf({ job }: Holding, error: OjsError): Readonly<Record<string, unknown>> {
  return { jobId: job.id, type: job.type, attempt: job.attempt, error };
}
