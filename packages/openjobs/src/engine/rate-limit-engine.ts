/** What can be seen of the limits that jobs share (ojs-rate-limiting §10). */
import type { KeyState } from "../core/key-state.ts";

/** A key, and whether its waiting jobs were counted to the end. */
export interface SeenKey extends KeyState {
  readonly waitingIsExact: boolean;
}

/** The part of an engine for those who look at limits. */
export interface RateLimitEngine {
  /** How far the limits of a key are used up. `not_found` when no job with it waits or runs, or has started of late. */
  getRateLimit(key: string): Promise<SeenKey>;
}
