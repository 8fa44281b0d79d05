import { ojsError } from "../../core/errors.ts";
import type { JobRecord } from "../../core/job.ts";
import type { AnswerQueries } from "../answers.ts";
import type { RecordQueries } from "../records.ts";
import type {
  Group,
  GroupOutcome,
  JobQueries,
  Page,
  QueueQueries,
  QueueRecord,
  Storage,
  StorageTraits,
  WorkerQueries,
} from "../storage.ts";
import type { Transactions } from "../transactions.ts";
import type { Upkeep } from "../upkeep.ts";
import type { WorkflowQueries } from "../workflows.ts";
import { keptAnswer } from "./answers.ts";
import { ClaimMarks } from "./claim-marks.ts";
import { Database } from "./database.ts";
import { DatabaseClock } from "./database-clock.ts";
import { Folding } from "./folding.ts";
import { GroupCommit } from "./group.ts";
import { deadLetters, dueJobs, jobsById, leasedBy, nextDue, openOfCron } from "./job-queries.ts";
import { underKey } from "./key-record.ts";
import { type Library, loadLibrary } from "./library.ts";
import { migrate } from "./migrations.ts";
import { nameInSql, type Settings } from "./options.ts";
import { explain } from "./postgres-error.ts";
import { prune } from "./prune.ts";
import { listQueues, queueActivity, queueByName, queueHeads, queueTotals } from "./queue-queries.ts";
import { dueRecords, listRecords, nextDueRecord, recordsById } from "./records.ts";
import { PostgresSignals } from "./signals.ts";
import { claimable, tenantCounts } from "./tenants.ts";
import { type SqlTransaction, TransactionConnection } from "./transaction-connection.ts";
import { TransactionLook } from "./transaction-look.ts";
import { PostgresTransactionView } from "./transaction-view.ts";
import { jobsInTheWay } from "./unique-jobs.ts";
import { walk } from "./walk.ts";
import { listWorkers, oldestBeat, silentWorkers, workerById, workerCensus } from "./workers.ts";
import { pruneWorkflows } from "./workflow-prune.ts";
import { workflowQueries } from "./workflow-queries.ts";

interface Opened {
  readonly database: Database;
  readonly folding: Folding;
  readonly marks: ClaimMarks;
}

/** The storage behind `postgres()`. */
export class PostgresStorage implements Storage {
  readonly traits: StorageTraits = { name: "postgres", synchronous: false, durability: "power" };
  /** The database's time; see the port. */
  readonly clock: DatabaseClock = new DatabaseClock();
  readonly signals: PostgresSignals;
  /** On connections of the application; works on a storage that is not open as well. */
  readonly transactions: Transactions<SqlTransaction>;
  readonly #settings: Settings;
  readonly #library: () => Library;
  #opened: Opened | undefined;
  /** Resolves when the last commit that had something to prepare was sent; later ones wait for it, to keep their order. */
  #sent: Promise<void> | undefined;

  /** @param library Called by `open`, so that a missing library is noticed there. */
  constructor(settings: Settings, library: () => Library = loadLibrary) {
    this.#settings = settings;
    this.#library = library;
    this.signals = new PostgresSignals(settings.signals);
    this.transactions = transactionsOf(settings);
  }

  readonly jobs: JobQueries = {
    get: (ids) => this.#use((database) => jobsById(ids, database)),
    due: (now, limit) => this.#use((database) => dueJobs(now, limit, database)),
    nextDue: () => this.#use(nextDue),
    inTheWay: (guards, now, limit) => this.#use((database) => jobsInTheWay(guards, now, limit, database)),
    walk: (set, limit, after) => this.#use((database) => walk(set, limit, after, database)),
    claimable: (query) => this.#use((database) => claimable(query, database)),
    tenantCounts: (tenant) => this.#use((database) => tenantCounts(tenant, database)),
    leasedBy: (workerId) => this.#use((database) => leasedBy(workerId, database)),
    openOfCron: (cron, limit) => this.#use((database) => openOfCron(cron, limit, database)),
    underKey: (key, limit) => this.#use((database) => underKey(key, limit, database)),
    deadLetters: ({ queue }, page): Promise<Page<JobRecord>> =>
      this.#use((database) => deadLetters(queue, page, database)),
  };

  readonly queues: QueueQueries = {
    get: (name) => this.#use((database) => queueByName(name, database)),
    list: (page): Promise<Page<QueueRecord>> => this.#use((database) => listQueues(page, database)),
    activity: (name, since) => this.#use((database) => queueActivity(name, since, database)),
    heads: (names) => this.#use((database) => queueHeads(names, database)),
    totals: (since) => this.#use((database) => queueTotals(since, database)),
  };

  readonly workers: WorkerQueries = {
    silent: (cutoff, limit) => this.#use((database) => silentWorkers(cutoff, limit, database)),
    get: (id) => this.#use((database) => workerById(id, database)),
    list: (page) => this.#use((database) => listWorkers(page, database)),
    census: (cutoff) => this.#use((database) => workerCensus(cutoff, database)),
    oldestBeat: () => this.#use(oldestBeat),
  };

  readonly answers: AnswerQueries = {
    get: (id, now) => this.#use((database) => keptAnswer(id, now, database)),
  };

  readonly records: RecordQueries = {
    get: (kind, ids) => this.#use((database) => recordsById(kind, ids, database)),
    list: (kind, filter, page) => this.#use((database) => listRecords(kind, filter, page, database)),
    due: (kind, now, limit) => this.#use((database) => dueRecords(kind, now, limit, database)),
    nextDue: (kind) => this.#use((database) => nextDueRecord(kind, database)),
  };

  readonly workflows: WorkflowQueries = workflowQueries((read) => this.#use(read));

  readonly upkeep: Upkeep = {
    prune: (request) => this.#use((database) => prune(request, database)),
    pruneWorkflows: (request) => this.#use((database) => pruneWorkflows(request, database)),
    // The server's own vacuum makes room; the deltas are ours, and go on being folded by themselves.
    tidy: () => this.#use((_, { folding }) => folding.fold().then(() => false)),
  };

  async open(): Promise<void> {
    if (this.#opened !== undefined) return;
    const library = this.#library();
    const database = new Database(library, this.#settings);
    try {
      await migrate(database);
      await this.clock.start(database);
    } catch (error) {
      await database.close();
      throw explain(error, this.#settings.place);
    }
    await this.signals.open(library);
    this.#opened = { database, folding: new Folding(database), marks: new ClaimMarks() };
  }

  async commit(group: Group): Promise<GroupOutcome> {
    return this.#use((database, { folding, marks }) => {
      const commit = new GroupCommit(group, database, marks);
      folding.note();
      if (!commit.needsPreparation && this.#sent === undefined) return commit.run();
      return this.#inTurn(commit);
    });
  }

  async ping(): Promise<void> {
    await this.#use((database) => database.value("SELECT 1"));
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    this.clock.stop();
    opened?.folding.stop();
    await this.signals.close();
    await opened?.database.close();
  }

  /** Runs a commit after those before it were sent, and keeps those after it waiting until it is. */
  async #inTurn(commit: GroupCommit): Promise<GroupOutcome> {
    const before = this.#sent;
    let sent: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      sent = resolve;
    });
    this.#sent = mine;
    try {
      await before;
      if (commit.needsPreparation) await commit.prepare();
    } catch (error) {
      sent();
      throw error;
    } finally {
      if (this.#sent === mine) this.#sent = undefined;
    }
    const outcome = commit.run();
    sent();
    return outcome;
  }

  async #use<T>(work: (database: Database, opened: Opened) => Promise<T>): Promise<T> {
    if (this.#opened === undefined) throw notOpen(this.#settings.place);
    try {
      return await work(this.#opened.database, this.#opened);
    } catch (error) {
      throw explain(error, this.#settings.place);
    }
  }
}

function transactionsOf(settings: Settings): Transactions<SqlTransaction> {
  const look = new TransactionLook(settings);
  return {
    synchronous: false,
    viewOf(transaction) {
      const connection = new TransactionConnection(transaction, nameInSql(settings.schema), settings.place);
      return new PostgresTransactionView(connection, settings, look);
    },
  };
}

function notOpen(place: string): Error {
  return ojsError("backend_error", `${place} is not open.`, {
    hint: "Call `open()` first; after `close()` a storage can be opened again.",
  });
}
