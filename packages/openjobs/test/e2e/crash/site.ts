/** What crashes: servers, and the store that they stand on. */
import type { Violation } from "./checker.ts";
import type { Random } from "./random.ts";

/** Where rounds of crashes take place. */
export interface CrashSite {
  /** Whether servers may answer 503 because their store is away: then nobody knows what became of the request. */
  readonly hasOutages: boolean;
  /** Starts what does not run; `random` decides what is going to crash. */
  start(random: Random): Promise<RunningSite>;
  /** Looks at what a crash or an end has left, before anybody has repaired it. */
  inspectRemains(): readonly Violation[];
}

/** Servers at work. */
export interface RunningSite extends AsyncDisposable {
  readonly urls: readonly string[];
  /** Something dies, now. */
  crash(): void;
  /** Resolves when what was to die is dead and what was to come back is back. */
  over(): Promise<void>;
  /** Stops everything as an operator would; answers what was wrong with that. */
  stop(): Promise<readonly Violation[]>;
}
