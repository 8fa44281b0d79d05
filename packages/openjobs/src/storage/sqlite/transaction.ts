import type { LaneBoard } from "../lane-board.ts";
import type { Database } from "./database.ts";
import type { Draft } from "./draft.ts";
import type { Fingerprints } from "./fingerprints.ts";
import type { QueueLedger } from "./queue-ledger.ts";
import type { Sequence } from "./sequence.ts";

/** What the parts of one group share. */
export interface Transaction {
  readonly database: Database;
  /** The queues as they were before the group. */
  readonly ledger: QueueLedger;
  readonly sequence: Sequence;
  readonly fingerprints: Fingerprints;
  readonly lanes: LaneBoard;
  /** What the group has done to queues so far. */
  readonly draft: Draft;
  readonly now: number;
}
