/** What has to be stored in a commit because of what happens in it, and can only be known once it has happened. */
import type { StoredRecord } from "../storage/records.ts";
import type { Group, GroupOutcome } from "../storage/storage.ts";
import type { Tell } from "./submission.ts";

/** A group, and what its decided units, which come first, tell besides what their effects show. */
export interface ToldGroup {
  readonly group: Group;
  readonly tells: readonly (Tell | undefined)[];
}

/** The plan for one group. */
export interface OutboxPlan {
  /** See `Group.outbox`. */
  readonly records: (outcome: GroupOutcome) => readonly StoredRecord[];
  /** Runs once all is committed. */
  readonly committed: () => void;
}

/** Makes plans. */
export interface OutboxPlanner {
  /** False = nobody has asked for anything, and no group needs a plan. */
  readonly isWanted: boolean;
  plan(told: ToldGroup): OutboxPlan;
}
