import type { Database } from "./database.ts";
import type { Draft } from "./draft.ts";
import type { QueueLedger } from "./queue-ledger.ts";

/** What the parts of one group share. */
export interface Transaction {
  readonly database: Database;
  /** The queues as they were before the group. */
  readonly ledger: QueueLedger;
  /** What the group has done to queues so far. */
  readonly draft: Draft;
  readonly now: number;
}
