/** The memory driver: tables in this process, and nothing that waits. */
import type { JobRecord } from "../../core/job.ts";
import type { WorkflowRecord } from "../../core/workflow/workflow.ts";
import type { AnswerQueries } from "../answers.ts";
import type { RecordQueries, StoredRecord } from "../records.ts";
import type {
  Group,
  GroupOutcome,
  JobQueries,
  Page,
  QueueQueries,
  Storage,
  StorageTraits,
  WorkerQueries,
} from "../storage.ts";
import type { Upkeep } from "../upkeep.ts";
import type { StepView, WorkflowQueries } from "../workflows.ts";
import { underKey } from "./key-record.ts";
import { runBeat, runClaim, runCompletion } from "./leases.ts";
import { prune } from "./prune.ts";
import { claimable, tenantCounts } from "./tenants.ts";
import { Tables, Transaction } from "./transaction.ts";
import { runUnits } from "./unit.ts";
import { pruneWorkflows } from "./workflow-prune.ts";
import { viewsOf, workflowQueries } from "./workflow-queries.ts";
import { startedWorkflows } from "./workflow-starts.ts";

/** See {@link import("./index.ts").memory}. */
export class MemoryStorage implements Storage {
  readonly traits: StorageTraits = { name: "memory", synchronous: true, durability: "none" };
  #tables: Tables | undefined;

  readonly jobs: JobQueries = {
    get: async (ids) => ids.map((id) => this.#opened().jobs.get(id)),
    due: async (now, limit) => this.#opened().jobs.due(now, limit),
    nextDue: async () => this.#opened().jobs.nextDue(),
    inTheWay: async (guards, now, limit) => {
      const { unique } = this.#opened().jobs;
      return guards.map((guard) => unique.inTheWay(guard, now, limit));
    },
    walk: async (set, limit, after) => this.#opened().jobs.walk(set, limit, after),
    claimable: async (query) => claimable(query, this.#opened().jobs.all()),
    tenantCounts: async (tenant) => tenantCounts(tenant, this.#opened().jobs.all()),
    leasedBy: async (workerId) => this.#opened().jobs.leasedBy(workerId),
    openOfCron: async (cron, limit) => this.#opened().jobs.openOfCron(cron, limit),
    underKey: async (key, limit) => underKey(key, limit, this.#opened()),
    deadLetters: async ({ queue }, page): Promise<Page<JobRecord>> => {
      const { jobs } = this.#opened();
      const ids = jobs.deadLetters.page(queue, page);
      return { ...ids, items: jobs.many(ids.items) };
    },
  };

  readonly queues: QueueQueries = {
    get: async (name) => this.#opened().queues.get(name),
    list: async (page) => this.#opened().queues.page(page),
    activity: async (name, since) => this.#opened().queues.activity(name, since),
    heads: async (names) => {
      const { jobs } = this.#opened();
      return names.map((name) => jobs.headOf(name));
    },
    totals: async (since) => this.#opened().queues.totals(since),
  };

  readonly workers: WorkerQueries = {
    silent: async (cutoff, limit) => this.#opened().workers.silent(cutoff, limit),
    get: async (id) => this.#opened().workers.get(id),
    list: async (page) => this.#opened().workers.page(page),
    census: async (cutoff) => this.#opened().workers.census(cutoff),
    oldestBeat: async () => this.#opened().workers.oldestBeat(),
  };

  readonly answers: AnswerQueries = {
    get: async (id, now) => this.#opened().answers.get(id, now),
  };

  readonly records: RecordQueries = {
    get: async (kind, ids) => ids.map((id) => this.#opened().records.get({ kind, id })),
    list: async (kind, filter, page) => this.#opened().records.page(kind, filter, page),
    due: async (kind, now, limit) => this.#opened().records.due(kind, now, limit),
    nextDue: async (kind) => this.#opened().records.nextDue(kind),
  };

  readonly workflows: WorkflowQueries = workflowQueries(() => this.#opened());

  readonly upkeep: Upkeep = {
    prune: async (request) => prune(request, this.#opened()),
    pruneWorkflows: async (request) => pruneWorkflows(request, this.#opened()),
    // Memory that is free is the runtime's to give back.
    tidy: async () => false,
  };

  /** Every job that is there, for tests to look at without waiting. */
  allJobs(): readonly JobRecord[] {
    return [...this.#opened().jobs.all()];
  }

  /** The same of workflows, the oldest first, each with its steps. */
  allWorkflows(): readonly { readonly workflow: WorkflowRecord; readonly steps: readonly StepView[] }[] {
    const tables = this.#opened();
    return tables.workflows
      .all()
      .map((workflow) => ({ workflow, steps: viewsOf(tables.workflows.steps(workflow.id), tables) }));
  }

  /** The same of the records of a kind, by id. */
  allRecords(kind: string): readonly StoredRecord[] {
    return this.#opened().records.all(kind);
  }

  async open(): Promise<void> {
    this.#tables ??= new Tables();
  }

  /** No `await` inside: everything has happened when the promise is returned, as the traits say. */
  async commit(group: Group): Promise<GroupOutcome> {
    const transaction = new Transaction(this.#opened(), group.now);
    try {
      const outcome = run(group, transaction);
      transaction.finish();
      return outcome;
    } catch (error) {
      transaction.rollback();
      throw error;
    }
  }

  async ping(): Promise<void> {
    this.#opened();
  }

  async close(): Promise<void> {
    this.#tables = undefined;
  }

  #opened(): Tables {
    if (this.#tables === undefined) throw new Error("This memory storage is not open.");
    return this.#tables;
  }
}

function run(group: Group, transaction: Transaction): GroupOutcome {
  const completions = group.completions.map((completion) => runCompletion(completion, transaction));
  const beats = group.beats.map((beat) => runBeat(beat, transaction));
  const units = runUnits(group.units, transaction);
  const { facts, tally, now } = transaction;
  const { lanes } = transaction.tables;
  lanes.follow(tally.laneMoves);
  const claims = group.claims.map((claim) => runClaim(claim, transaction));
  const started = startedWorkflows(claims, transaction);
  lanes.changedStarts(now);
  const happened = { completions, beats, units, claims, openings: lanes.openings(now) };
  const outcome = facts.length + started.length === 0 ? happened : { ...happened, workflows: { facts, started } };
  for (const record of group.outbox?.(outcome) ?? [])
    transaction.tables.records.write(record, record, transaction.journal);
  return outcome;
}
