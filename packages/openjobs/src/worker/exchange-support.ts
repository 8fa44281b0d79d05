/** Whether the server has the exchange (docs/adr/007-worker-exchange.md): asked once, and remembered. */
import type { Logger } from "../client/logger.ts";
import type { Clock } from "../core/clock.ts";
import { WORKER_EXCHANGE } from "../core/extensions.ts";
import type { WorkerProtocol } from "./protocol.ts";

/** While the manifest cannot be had, outcomes go one by one, and it is asked for again this seldom. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** See {@link createExchangeSupport}. */
export interface ExchangeSupport {
  /** Asks the server, unless the answer is known or was asked for a moment ago. Never waits. */
  ask(): void;
  /** True once the server is known to have it. */
  known(): boolean;
  /** The server does not have it after all; it will not be asked again. */
  deny(): void;
}

/** What the look at the manifest takes. */
export interface SupportDeps {
  readonly protocol: Pick<WorkerProtocol, "extensions">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly halted: AbortSignal;
}

/** Knows nothing until it is asked to ask; `wanted: false` = the user does not want it. */
export function createExchangeSupport(wanted: boolean, deps: SupportDeps): ExchangeSupport {
  const { protocol, clock, logger, halted } = deps;
  let support: boolean | undefined = wanted ? undefined : false;
  let askAgainAt = Number.NEGATIVE_INFINITY;
  let pauseMs = FIRST_PAUSE_MS;

  const look = async (): Promise<void> => {
    try {
      const extensions = await protocol.extensions({ signal: halted });
      support ??= extensions.includes(WORKER_EXCHANGE);
    } catch (error) {
      logger.debug("the server's manifest cannot be had; outcomes are sent one by one", { error });
      askAgainAt = clock.now() + pauseMs;
      pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
    }
  };
  return {
    ask: () => {
      if (support !== undefined || clock.now() < askAgainAt) return;
      askAgainAt = Number.POSITIVE_INFINITY;
      void look(); // never rejects
    },
    known: () => support === true,
    deny: () => {
      if (support === false) return;
      support = false;
      logger.warn("the server lists the worker exchange but does not have it; outcomes are sent one by one");
    },
  };
}
