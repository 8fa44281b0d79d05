/** The store inside of a transaction of the application (docs/adr/018-transactional-enqueue.md). */
import { ojsError } from "../../core/errors.ts";
import type { JobRecord } from "../../core/job.ts";
import type { UniqueGuard } from "../../core/unique-guard.ts";
import type { StoredRecord } from "../records.ts";
import type { Unit, UnitOutcome } from "../storage.ts";
import type { SeenWorkflow, SynchronousView } from "../transactions.ts";
import type { ApplicationHandle } from "./application-handle.ts";
import type { ApplicationWrites } from "./application-writes.ts";
import { Draft } from "./draft.ts";
import type { Opened } from "./group.ts";
import { jobsById } from "./jobs-by-id.ts";
import { QueueLedger } from "./queue-ledger.ts";
import { recordsOfKind } from "./records.ts";
import { explain, resultCode } from "./sqlite-error.ts";
import { jobsInTheWay } from "./unique-jobs.ts";
import { runUnits } from "./units.ts";
import { seenWorkflow } from "./workflow-queries.ts";

const SAVEPOINT = "SAVEPOINT ojs_enqueue";
const UNDO = "ROLLBACK TO ojs_enqueue";
const RELEASE = "RELEASE ojs_enqueue";

/** What a view works on. */
export interface ViewParts {
  readonly opened: Opened;
  readonly writes: ApplicationWrites;
  readonly handle: ApplicationHandle;
  /** What the user calls the file. */
  readonly name: string;
}

/** See {@link SynchronousView}. */
export class SqliteTransactionView implements SynchronousView {
  /** Answers the parts, or says why there are none. */
  readonly #parts: () => ViewParts;

  constructor(parts: () => ViewParts) {
    this.#parts = parts;
  }

  settings(kind: string): readonly StoredRecord[] {
    return this.#use(({ handle }) => recordsOfKind(kind, handle.database));
  }

  now(): number {
    return Date.now();
  }

  jobs(ids: readonly string[]): readonly (JobRecord | undefined)[] {
    const jobs = this.#use(({ handle }) => jobsById(ids, handle.database));
    return ids.map((id) => jobs.get(id));
  }

  inTheWay(guards: readonly UniqueGuard[], now: number, limit: number): readonly (readonly JobRecord[])[] {
    return this.#use(({ handle: { database }, opened: { fingerprints } }) =>
      jobsInTheWay(guards, now, limit, { database, fingerprints }),
    );
  }

  workflow(id: string): SeenWorkflow | undefined {
    return this.#use(({ handle }) => seenWorkflow(id, handle.database));
  }

  run(unit: Unit, now: number, signal: string): UnitOutcome {
    return this.#use((parts) => {
      const { handle, writes } = parts;
      writes.prepare();
      handle.database.exec(SAVEPOINT);
      try {
        const { outcome, queues, changesLanes } = runUnit(unit, now, parts);
        handle.database.exec(RELEASE);
        if (outcome.ok) writes.expect({ handle, queues, changesLanes, signal });
        return outcome;
      } catch (error) {
        undo(handle);
        throw error;
      }
    });
  }

  #use<T>(work: (parts: ViewParts) => T): T {
    const parts = this.#parts();
    try {
      return work(parts);
    } catch (error) {
      throw resultCode(error) === "BUSY" ? tooLate(parts.name, error) : explain(error, parts.name);
    }
  }
}

interface UnitRun {
  readonly outcome: UnitOutcome;
  readonly queues: readonly string[];
  readonly changesLanes: boolean;
}

function runUnit(unit: Unit, now: number, { handle: { database }, opened }: ViewParts): UnitRun {
  const draft = new Draft();
  // As the transaction sees the queues: what it has done so far is nowhere else.
  const ledger = new QueueLedger(database);
  const [outcome] = runUnits([unit], { ...opened, database, ledger, draft, now });
  if (outcome === undefined) throw new Error("One unit in, no outcome out.");
  const queues = ledger.write(draft, now, database).map(({ name }) => name);
  return { outcome, queues, changesLanes: draft.tally.laneMoves.length > 0 };
}

function tooLate(name: string, cause: unknown): Error {
  return ojsError("backend_error", `SQLite file ${name} was written to since this transaction began to read.`, {
    hint: "Roll back. Begin with BEGIN IMMEDIATE, and await nothing before COMMIT.",
    cause,
  });
}

/** SQLite has rolled back all of the transaction by itself after some errors. */
function undo({ database }: ApplicationHandle): void {
  try {
    database.exec(UNDO);
    database.exec(RELEASE);
  } catch {
    // The first error is the one that matters.
  }
}
