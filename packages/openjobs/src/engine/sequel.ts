/**
 * What has to happen in the same commit as changes that were decided, and takes a look at the store to know. Every decided
 * change passes here on its way, so no operation has to know of it, and none can forget it.
 */
import type { Effect, Storage, Unit } from "../storage/storage.ts";

/** What follows from one unit. */
export interface Sequel {
  /** All effects of the unit, with those that follow. */
  readonly effects: readonly Effect[];
  /** Names of what only the effects that follow look after: when one of them is refused, the decision was not outrun. */
  readonly guarded: readonly string[];
  /** Runs once all is committed, after the decision's own answer was made. */
  readonly committed: () => void;
}

/** Undefined = nothing follows; `later` = only the next group can tell, because an earlier unit of this one comes between. */
export type Followed = Sequel | "later" | undefined;

/** Finds what follows from the units of a group, unit by unit. No promise when nothing follows from any of them. */
export type FindSequels = (
  units: readonly Unit[],
  storage: Pick<Storage, "jobs" | "records">,
  now: number,
) => Promise<readonly Followed[]> | undefined;
