/**
 * The part of the storage port by which transactions of the application take jobs in (docs/adr/018-transactional-enqueue.md).
 * Not every store has it. Internal: no semver promise.
 */
import type { JobRecord } from "../core/job.ts";
import type { UniqueGuard } from "../core/unique-guard.ts";
import type { WorkflowRecord } from "../core/workflow/workflow.ts";
import type { StoredRecord } from "./records.ts";
import type { Unit, UnitOutcome } from "./storage.ts";
import type { StepView } from "./workflows.ts";

/** What a store answers at once or later. */
export type Awaitable<T> = T | Promise<T>;

/** A workflow with its steps. */
export interface SeenWorkflow {
  readonly workflow: WorkflowRecord;
  readonly steps: readonly StepView[];
}

/** A store as one transaction of the application sees it, together with what that has done so far. */
export interface TransactionView {
  /** All records of a kind; they may be some seconds old. Always asked first. */
  settings(kind: string): Awaitable<readonly StoredRecord[]>;
  /** The store's time, Unix milliseconds. */
  now(): number;
  /** As `JobQueries.get`. */
  jobs(ids: readonly string[]): Awaitable<readonly (JobRecord | undefined)[]>;
  /** As `JobQueries.inTheWay`. */
  inTheWay(guards: readonly UniqueGuard[], now: number, limit: number): Awaitable<readonly (readonly JobRecord[])[]>;
  workflow(id: string): Awaitable<SeenWorkflow | undefined>;
  /**
   * Makes a unit a part of the transaction. One that is refused leaves no trace in it, and the transaction can go on. If it
   * is committed, and then only, all engines on the store hear the signal; see `SignalListener.heard`.
   */
  run(unit: Unit, now: number, signal: string): Awaitable<UnitOutcome>;
}

/** The same for stores that answer at once, on connections that belong to this very process. */
export interface SynchronousView extends TransactionView {
  settings(kind: string): readonly StoredRecord[];
  jobs(ids: readonly string[]): readonly (JobRecord | undefined)[];
  inTheWay(guards: readonly UniqueGuard[], now: number, limit: number): readonly (readonly JobRecord[])[];
  workflow(id: string): SeenWorkflow | undefined;
  run(unit: Unit, now: number, signal: string): UnitOutcome;
}

/** A store that works inside of transactions that the application has begun on its own connections. */
export interface Transactions<Connection> {
  readonly synchronous: false;
  /** @param connection On which a transaction is open. */
  viewOf(connection: Connection): TransactionView;
}

/** The same for stores that answer at once. */
export interface SynchronousTransactions<Connection> {
  readonly synchronous: true;
  /** @param connection On which a transaction is open. */
  viewOf(connection: Connection): SynchronousView;
}
