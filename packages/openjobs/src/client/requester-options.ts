/** What everything that sends requests goes by: decided once, when a client or a worker is made. */
import type { Clock } from "../core/clock.ts";
import type { Logger } from "./logger.ts";
import type { RequestRetry } from "./request-retry.ts";
import type { Transport } from "./transport.ts";

/** See above. */
export interface RequesterOptions {
  readonly transport: Transport;
  /** Sent with every request; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** For one answer. */
  readonly timeoutMs: number;
  /** For a whole call. */
  readonly totalTimeoutMs: number;
  readonly retry: RequestRetry;
  readonly logger: Logger | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
}
