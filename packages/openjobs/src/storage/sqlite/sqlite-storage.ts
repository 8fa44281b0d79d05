import { ojsError } from "../../core/errors.ts";
import type { JobRecord } from "../../core/job.ts";
import type { AnswerQueries } from "../answers.ts";
import { LaneBoard } from "../lane-board.ts";
import type { RecordQueries } from "../records.ts";
import type {
  Group,
  GroupOutcome,
  JobQueries,
  Page,
  QueueActivity,
  QueueQueries,
  QueueRecord,
  Storage,
  StorageTraits,
  WorkerQueries,
} from "../storage.ts";
import type { SynchronousTransactions } from "../transactions.ts";
import type { Upkeep } from "../upkeep.ts";
import type { WorkflowQueries } from "../workflows.ts";
import { keptAnswer } from "./answers.ts";
import { ApplicationHandle } from "./application-handle.ts";
import { ApplicationSignals, ApplicationWrites } from "./application-writes.ts";
import type { OpenConnection } from "./connection.ts";
import type { Database } from "./database.ts";
import type { Disk } from "./disk.ts";
import { Fingerprints } from "./fingerprints.ts";
import { freePages } from "./free-pages.ts";
import { commitGroup, type Opened } from "./group.ts";
import { deadLetters, dueJobs, leasedBy, nextDue, openOfCron } from "./job-queries.ts";
import { jobsById } from "./jobs-by-id.ts";
import type { SqliteHandle } from "./libraries.ts";
import { IN_MEMORY, type OpenFile, openFile, type Synchronous } from "./open-file.ts";
import { prune } from "./prune.ts";
import { QueueLedger } from "./queue-ledger.ts";
import { listQueues, queueActivity, queueHeads, queueTotals } from "./queue-queries.ts";
import { readLanes, underKey } from "./rate-limits.ts";
import { dueRecords, listRecords, nextDueRecord, recordsById } from "./records.ts";
import { Sequence } from "./sequence.ts";
import { explain } from "./sqlite-error.ts";
import { claimable, tenantCounts } from "./tenants.ts";
import { SqliteTransactionView, type ViewParts } from "./transaction-view.ts";
import { jobsInTheWay } from "./unique-jobs.ts";
import { walk } from "./walk.ts";
import { listWorkers, oldestBeat, silentWorkers, workerById, workerCensus } from "./workers.ts";
import { pruneWorkflows } from "./workflow-prune.ts";
import { workflowQueries } from "./workflow-queries.ts";

/** A file that is open. */
interface OpenStorage extends Opened {
  readonly file: OpenFile;
  readonly writes: ApplicationWrites;
  readonly handles: WeakMap<SqliteHandle, ApplicationHandle>;
}

/** The storage behind `sqlite()`; apart from it so that tests can put a library of their own under it. */
export class SqliteStorage implements Storage {
  readonly traits: StorageTraits;
  readonly signals: ApplicationSignals = new ApplicationSignals();
  /** On handles of the application on the same file, while the storage is open. */
  readonly transactions: SynchronousTransactions<SqliteHandle> = {
    synchronous: true,
    viewOf: (handle) => new SqliteTransactionView(() => this.#partsFor(handle)),
  };
  readonly #file: string;
  readonly #synchronous: Synchronous;
  readonly #library: () => OpenConnection;
  readonly #disk: Disk | undefined;
  readonly #adopts: boolean;
  #opened: OpenStorage | undefined;

  /**
   * @param library Called by `open`, so that a missing library is noticed there.
   * @param disk The system's own if absent.
   * @param adopts Whether the file may be an application's.
   */
  constructor(file: string, synchronous: Synchronous, library: () => OpenConnection, disk?: Disk, adopts = false) {
    this.traits = { name: "sqlite", synchronous: true, durability: durabilityOf(file, synchronous) };
    this.#file = file;
    this.#synchronous = synchronous;
    this.#library = library;
    this.#disk = disk;
    this.#adopts = adopts;
  }

  readonly jobs: JobQueries = {
    get: async (ids) => this.#use(({ database }) => inOrder(ids, jobsById(ids, database))),
    due: async (now, limit) => this.#use(({ database }) => dueJobs(now, limit, database)),
    nextDue: async () => this.#use(({ database }) => nextDue(database)),
    inTheWay: async (guards, now, limit) => this.#use((opened) => jobsInTheWay(guards, now, limit, opened)),
    walk: async (set, limit, after) => this.#use(({ database }) => walk(set, limit, after, database)),
    claimable: async (query) => this.#use(({ database }) => claimable(query, database)),
    tenantCounts: async (tenant) => this.#use(({ database }) => tenantCounts(tenant, database)),
    leasedBy: async (workerId) => this.#use(({ database }) => leasedBy(workerId, database)),
    openOfCron: async (cron, limit) => this.#use(({ database }) => openOfCron(cron, limit, database)),
    underKey: async (key, limit) => this.#use(({ database }) => underKey(key, limit, database)),
    deadLetters: async ({ queue }, page): Promise<Page<JobRecord>> =>
      this.#use(({ database, ledger }) => deadLetters(queue, page, database, ledger)),
  };

  readonly queues: QueueQueries = {
    get: async (name) => this.#use(({ ledger }) => ledger.get(name)),
    list: async (page): Promise<Page<QueueRecord>> =>
      this.#use(({ database, ledger }) => listQueues(page, database, ledger)),
    activity: async (name, since): Promise<QueueActivity> =>
      this.#use(({ database }) => queueActivity(name, since, database)),
    heads: async (names) => this.#use(({ database }) => queueHeads(names, database)),
    totals: async (since) => this.#use(({ database, ledger }) => queueTotals(since, database, ledger)),
  };

  readonly workers: WorkerQueries = {
    silent: async (cutoff, limit) => this.#use(({ database }) => silentWorkers(cutoff, limit, database)),
    get: async (id) => this.#use(({ database }) => workerById(id, database)),
    list: async (page) => this.#use(({ database }) => listWorkers(page, database)),
    census: async (cutoff) => this.#use(({ database }) => workerCensus(cutoff, database)),
    oldestBeat: async () => this.#use(({ database }) => oldestBeat(database)),
  };

  readonly answers: AnswerQueries = {
    get: async (id, now) => this.#use(({ database }) => keptAnswer(id, now, database)),
  };

  readonly records: RecordQueries = {
    get: async (kind, ids) => this.#use(({ database }) => recordsById(kind, ids, database)),
    list: async (kind, filter, page) => this.#use(({ database }) => listRecords(kind, filter, page, database)),
    due: async (kind, now, limit) => this.#use(({ database }) => dueRecords(kind, now, limit, database)),
    nextDue: async (kind) => this.#use(({ database }) => nextDueRecord(kind, database)),
  };

  readonly workflows: WorkflowQueries = workflowQueries((read) => this.#use(({ database }) => read(database)));

  readonly upkeep: Upkeep = {
    prune: async (request) => this.#use((opened) => prune(request, opened)),
    pruneWorkflows: async (request) => this.#use((opened) => pruneWorkflows(request, opened)),
    tidy: async () => this.#use(({ database }) => freePages(database)),
  };

  async open(): Promise<void> {
    if (this.#opened !== undefined) return;
    const file = openFile(this.#file, this.#synchronous, this.#library(), this.#disk, this.#adopts);
    try {
      const state = readState(file.database);
      const writes = new ApplicationWrites(state, (signal) => this.signals.tell(signal));
      this.#opened = { file, writes, handles: new WeakMap(), ...state };
    } catch (error) {
      file.close();
      throw explain(error, this.#file);
    }
  }

  /** SQLite is done when the promise is returned, as the traits say; it resolves when the disk is done as well. */
  async commit(group: Group): Promise<GroupOutcome> {
    return this.#use((opened) => commitGroup(group, opened), group.alone);
  }

  async ping(): Promise<void> {
    await this.#use(({ database }) => database.value("PRAGMA schema_version"));
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.writes.stop();
    await opened?.file.log?.rest();
    opened?.file.close();
  }

  /**
   * Reads and writes at once, and answers when the disk has everything that was written so far: also a read shows nothing
   * that a power cut could undo. While no sync is under way that costs a read no turn.
   */
  async #use<T>(work: (opened: Opened) => T, alone = false): Promise<T> {
    if (this.#opened === undefined) throw notOpen(this.#file);
    const { log } = this.#opened.file;
    const result = this.#run(work, this.#opened);
    const synced = log?.cover(this.#opened.database.commits, alone);
    if (synced !== undefined) await synced;
    return result;
  }

  #partsFor(handle: SqliteHandle): ViewParts {
    const opened = this.#opened;
    if (opened === undefined) throw notOpen(this.#file);
    let known = opened.handles.get(handle);
    if (known === undefined) {
      known = new ApplicationHandle(handle, opened.database);
      opened.handles.set(handle, known);
    }
    return { opened, writes: opened.writes, handle: known, name: this.#file };
  }

  #run<T>(work: (opened: Opened) => T, opened: OpenStorage): T {
    try {
      opened.file.log?.check();
      if (opened.writes.isExpecting) opened.writes.look();
      return work(opened);
    } catch (error) {
      throw explain(error, this.#file);
    }
  }
}

/** What is kept in memory about a database. */
function readState(database: Database): Opened {
  const lanes = new LaneBoard();
  lanes.load(readLanes(database));
  return {
    database,
    ledger: new QueueLedger(database),
    sequence: new Sequence(database),
    fingerprints: new Fingerprints(database),
    lanes,
  };
}

function inOrder(ids: readonly string[], jobs: ReadonlyMap<string, JobRecord>): (JobRecord | undefined)[] {
  return ids.map((id) => jobs.get(id));
}

function durabilityOf(file: string, synchronous: Synchronous): StorageTraits["durability"] {
  if (file === IN_MEMORY) return "none";
  return synchronous === "full" ? "power" : "process";
}

function notOpen(file: string): Error {
  return ojsError("backend_error", `SQLite file ${file} is not open.`, {
    hint: "Call `open()` first; after `close()` a storage can be opened again.",
  });
}
