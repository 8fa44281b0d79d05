/**
 * Delivers outcomes. An outcome is repeated for as long as the lease lives, because the lease fences repetitions; it is
 * never replaced by another one after trouble on the way, or a success could be reported as a failure.
 */
import type { Logger } from "../client/logger.ts";
import { type Clock, pause } from "../core/clock.ts";
import type { OjsError } from "../core/errors.ts";
import type { Holding } from "./holdings.ts";
import { type Outcome, resultRejected, type Told } from "./outcome.ts";
import { isServersWord } from "./verdict.ts";

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;
/** Also when `Retry-After` asks for more: a lease is waiting. */
const LONGEST_ASKED_DELAY_MS = 5_000;

/** What the settler works with. */
export interface SettlerDeps {
  /** Sends it once, alone or with others; the answer goes to its `answered`. */
  readonly send: (delivery: Delivery) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the worker cannot wait for the server any longer. */
  readonly halted: AbortSignal;
}

/** An outcome on its way to the server. */
export interface Delivery {
  readonly holding: Holding;
  /** Whether a slot becomes free with it. */
  readonly holdsSlot: boolean;
  /** What to tell now: it changes when the server refuses a result. */
  outcome: Told;
  /** How often it was answered with trouble. */
  troubles: number;
  /** Called once for each time it was sent. Undefined = accepted. `chance` in [0, 1) is for the pause before the next try. */
  answered(error: OjsError | undefined, chance: number): void;
}

/** Calls `settled`, once, when the server has answered for good or the lease is over. */
export type Settle = (holding: Holding, outcome: Outcome, holdsSlot: boolean, settled: () => void) => void;

/** See {@link Settle}. */
export function createSettler(deps: SettlerDeps): Settle {
  return (holding, outcome, holdsSlot, settled) => {
    if (outcome.kind === "silence") return settled();
    const delivery: Delivery = {
      holding,
      holdsSlot,
      outcome,
      troubles: 0,
      answered: (error, chance) => {
        if (error === undefined || !isSentAgain(delivery, error, chance, deps, settled)) settled();
      },
    };
    deps.send(delivery);
  };
}

/** What becomes of an outcome that was not accepted; false = nothing any more. */
function isSentAgain(
  delivery: Delivery,
  error: OjsError,
  chance: number,
  deps: SettlerDeps,
  settled: () => void,
): boolean {
  if (isRefusedContent(error) && delivery.outcome.kind === "ack") {
    const { holding } = delivery;
    deps.logger.warn(`the result of job ${holding.job.id} was refused`, factsOf(holding, error));
    delivery.outcome = resultRejected(error.message);
    delivery.troubles = 0;
    deps.send(delivery);
    return true;
  }
  const why = whyForGood(error);
  if (why === undefined) {
    void sendLater(delivery, error, chance, deps, settled); // never rejects
    return true;
  }
  tell(delivery, error, why, deps.logger);
  return false;
}

async function sendLater(
  delivery: Delivery,
  error: OjsError,
  chance: number,
  deps: SettlerDeps,
  settled: () => void,
): Promise<void> {
  const { clock, halted, logger, send } = deps;
  await pause(clock, delayAfter(error, delivery.troubles, chance), halted);
  delivery.troubles += 1;
  // Meanwhile a heartbeat may have extended the lease, so its end is looked at now.
  const isOver = clock.now() >= delivery.holding.safeUntil();
  if (!halted.aborted && !isOver) return send(delivery);
  const why = halted.aborted ? "the worker stopped" : "its lease ran out";
  tell(delivery, error, `${why} before the server could be told`, logger);
  settled();
}

function whyForGood(error: OjsError): string | undefined {
  if (isFinal(error)) return "the server no longer counts this worker as its holder";
  return isRefusedContent(error) ? "the server refuses what it says" : undefined;
}

/** Somebody else owns the job now, or it is gone: repeating cannot change that. */
function isFinal(error: OjsError): boolean {
  return (error.status === 409 || error.status === 404) && isServersWord(error);
}

/** A proxy may refuse what is too large, too. */
function isRefusedContent(error: OjsError): boolean {
  return error.status === 413 || ((error.status === 400 || error.status === 422) && isServersWord(error));
}

function delayAfter({ retryAfterMs = 0 }: OjsError, troubles: number, chance: number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(troubles, 10));
  return Math.max(ceiling * (0.5 + chance / 2), Math.min(retryAfterMs, LONGEST_ASKED_DELAY_MS));
}

/** A success that nobody knows of will be repeated; a failure that comes too late only confirms what happened. */
function tell({ holding, outcome }: Delivery, error: OjsError, why: string, logger: Logger): void {
  const level = outcome.kind === "nack" && isFinal(error) ? "info" : "warn";
  logger[level](`the outcome of job ${holding.job.id} was dropped: ${why}`, factsOf(holding, error));
}

function factsOf({ job }: Holding, error: OjsError): Readonly<Record<string, unknown>> {
  return { jobId: job.id, type: job.type, attempt: job.attempt, error };
}
