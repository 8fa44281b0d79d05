/** What can be seen of the limits that jobs share (ojs-rate-limiting §10). */
import type { KeyState } from "../core/key-state.ts";

/** A key, and whether its waiting jobs were counted to the end. */
export interface SeenKey extends KeyState {
  readonly waitingIsExact: boolean;
}

/** The part of an engine for those who look at limits. */
export interface RateLimitEngine {
  /** How far the limits of a key are used up. Limits come with jobs: a key that none has now is one that nothing limits. */
  getRateLimit(key: string): Promise<SeenKey>;
}
