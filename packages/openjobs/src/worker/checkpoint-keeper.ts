/** Keeps checkpoints of running jobs, and repeats it for as long as the lease lives: the lease fences repetitions. */
import { type Clock, pause } from "../core/clock.ts";
import { OjsError } from "../core/errors.ts";
import type { JsonText } from "../core/job.ts";
import type { Holding } from "./holdings.ts";
import type { WorkerProtocol } from "./protocol.ts";
import { isRefusal, isServersWord } from "./verdict.ts";

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;

/** What keeping takes. */
export interface KeeperDeps {
  readonly protocol: Pick<WorkerProtocol, "checkpoint">;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Aborted when the worker cannot wait for the server any longer. */
  readonly halted: AbortSignal;
}

/**
 * Resolves when the server has kept it.
 *
 * @throws JobAbortError when the server has given the job away; the handler's signal is aborted then.
 * @throws OjsError when the server refuses it, or cannot be reached until the lease ends.
 */
export async function keepCheckpoint(holding: Holding, state: JsonText, deps: KeeperDeps): Promise<void> {
  const { protocol, clock, halted, random } = deps;
  for (let troubles = 0; ; troubles += 1) {
    try {
      return await protocol.checkpoint(holding.ref, state, { signal: halted });
    } catch (error) {
      if (isGivenAway(error)) holding.lose("lease_lost");
      if (holding.isLost()) holding.signal.throwIfAborted();
      if (isRefusal(error) || halted.aborted || clock.now() >= holding.safeUntil()) throw error;
      const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(troubles, 10));
      await pause(clock, ceiling * (0.5 + random() / 2), halted);
    }
  }
}

function isGivenAway(error: unknown): boolean {
  return error instanceof OjsError && error.status === 409 && isServersWord(error);
}
