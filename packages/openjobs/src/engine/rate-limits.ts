/** The limits that jobs share, for those who look at them (ojs-rate-limiting §10). */
import { keyStateOf } from "../core/key-state.ts";
import { limitOfLane } from "../core/lane.ts";
import type { EngineContext } from "./context.ts";
import type { RateLimitEngine } from "./rate-limit-engine.ts";
import { answered } from "./storage-trouble.ts";

/** Waiting jobs are counted one by one, and nobody should wait for millions. */
const COUNTED = 10_000;

/** The operations of {@link RateLimitEngine}. */
export function rateLimitOperations({ storage, clock }: EngineContext): RateLimitEngine {
  return {
    async getRateLimit(key) {
      const now = clock.now();
      const { lanes, starts } = await answered(storage.jobs.underKey(key, COUNTED + 1));
      const waiting = lanes.reduce((sum, lane) => sum + lane.waiting, 0);
      const active = lanes.reduce((sum, lane) => sum + lane.active, 0);
      const limits = lanes.map(({ lane }) => limitOfLane(lane));
      const facts = { key, limits, active, waiting: Math.min(waiting, COUNTED), starts };
      return { ...keyStateOf(facts, now), waitingIsExact: waiting <= COUNTED };
    },
  };
}
