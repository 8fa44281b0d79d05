import type { JobRecord, JsonText } from "../../core/job.ts";
import { finishedKind } from "../../core/retention.ts";
import { byClaimOrder } from "../claim-order.ts";
import type { LaneFacts } from "../lane-board.ts";
import type { JobSet, Stretch } from "../walk.ts";
import { DeadLetters } from "./dead-letters.ts";
import { FinishedJobs } from "./finished-jobs.ts";
import { JobHeap } from "./job-heap.ts";
import type { Journal } from "./journal.ts";
import { UniqueJobs } from "./unique-jobs.ts";
import { stretchOf } from "./walk.ts";

/**
 * The jobs and their indexes. Records are frozen and replaced, never changed, so they can be handed out as they are,
 * and an index entry is known to be stale by its record not being the current one.
 */
export class JobTable {
  /** In the order of `seq`. */
  readonly #jobs = new Map<string, JobRecord>();
  readonly #isCurrent = (job: JobRecord): boolean => this.#jobs.get(job.id) === job;
  #indexes: Indexes = this.#emptyIndexes();
  #seq = 0;

  get(id: string): JobRecord | undefined {
    return this.#jobs.get(id);
  }

  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  /** Stores `after` in place of `before`; undefined = no row. */
  write(before: JobRecord | undefined, after: JobRecord | undefined, journal: Journal): void {
    const id = after?.id ?? before?.id;
    if (id === undefined) return;
    journal.note(() => this.#set(id, before));
    this.#set(id, after);
    if (before !== undefined) this.#unindex(before);
    if (after !== undefined) this.#index(after);
  }

  /**
   * Builds all indexes anew: after a rollback they would hold some records twice. Jobs whose removal was taken back go to
   * where they were. O(n log n).
   */
  reindex(): void {
    const jobs = [...this.#jobs.values()].sort((a, b) => a.seq - b.seq);
    this.#jobs.clear();
    for (const job of jobs) this.#jobs.set(job.id, job);
    this.#indexes = this.#emptyIndexes();
    for (const job of this.#jobs.values()) this.#index(job);
  }

  /** Removes the first job of a queue's plain line from the index of claimable ones, to be claimed or to be left to the due sweep. */
  takeReady(queue: string): JobRecord | undefined {
    return this.#indexes.ready.get(queue)?.take();
  }

  /** The first job of a queue's plain line, or of one of its lanes, that is not too late. */
  firstReady(queue: string, lane: JsonText | null, now: number): JobRecord | undefined {
    const { ready } = this.#indexes;
    const line = lineOf(queue, lane);
    const heap = ready.get(line);
    for (;;) {
      const job = heap?.peek();
      // There may be a lane for each customer of a shop.
      if (job === undefined) ready.delete(line);
      if (job === undefined || job.dueAt === null || job.dueAt > now) return job;
      heap?.take();
    }
  }

  /** When the first job of a queue's plain line became available, however late it is by now. */
  headOf(queue: string): number | null {
    return this.#indexes.ready.get(queue)?.peek()?.availableAt ?? null;
  }

  /** What a board of lanes is made of, but for the starts. Looks at every job. */
  laneFacts(): Pick<LaneFacts, "lanes" | "running"> {
    const limited = Array.from(this.#jobs.values()).flatMap(({ id, queue, state, lane }) =>
      lane === null ? [] : [{ id, queue, state, lane }],
    );
    return {
      lanes: limited.filter(({ state }) => state === "available"),
      running: limited.filter(({ state }) => state === "active"),
    };
  }

  /** Jobs due at `now`, soonest first. */
  due(now: number, limit: number): JobRecord[] {
    const { due } = this.#indexes;
    const found: JobRecord[] = [];
    while (found.length < limit && (due.peek()?.dueAt ?? Infinity) <= now) {
      const job = due.take();
      if (job !== undefined) found.push(job);
    }
    for (const job of found) due.push(job);
    return found;
  }

  nextDue(): number | undefined {
    return this.#indexes.due.peek()?.dueAt ?? undefined;
  }

  /** See `JobWalk`. */
  walk(set: JobSet, limit: number, after: string | undefined): Stretch {
    return stretchOf(set, limit, after, this.#jobs.values());
  }

  /** In the order of `seq`. */
  all(): Iterable<JobRecord> {
    return this.#jobs.values();
  }

  leasedBy(worker: string): JobRecord[] {
    return this.many(this.#indexes.leased.get(worker) ?? []);
  }

  openOfCron(cron: string, limit: number): JobRecord[] {
    return this.many(this.#indexes.openByCron.get(cron) ?? [])
      .sort((a, b) => a.seq - b.seq)
      .slice(0, limit);
  }

  /** Members of a workflow. */
  members(workflow: string): JobRecord[] {
    return this.many(this.#indexes.members.get(workflow) ?? []);
  }

  get deadLetters(): DeadLetters {
    return this.#indexes.deadLetters;
  }

  get finished(): FinishedJobs {
    return this.#indexes.finished;
  }

  get unique(): UniqueJobs {
    return this.#indexes.unique;
  }

  /** The jobs of ids that are known to be there. */
  many(ids: Iterable<string>): JobRecord[] {
    return Array.from(ids, (id) => this.#jobs.get(id)).filter((job) => job !== undefined);
  }

  #set(id: string, job: JobRecord | undefined): void {
    if (job === undefined) this.#jobs.delete(id);
    else this.#jobs.set(id, job);
  }

  #index(job: JobRecord): void {
    const { due, deadLetters, finished, members, unique } = this.#indexes;
    unique.add(job);
    if (job.dueAt !== null) due.push(job);
    if (job.workflowId !== null) idsOf(members, job.workflowId).add(job.id);
    const kind = finishedKind(job);
    // A member goes with its workflow.
    if (kind !== undefined && (job.workflowId === null || kind === "deadLetters")) finished.add(kind, job);
    if (kind === undefined && job.cron !== null) idsOf(this.#indexes.openByCron, job.cron).add(job.id);
    if (job.state === "available") this.#ready(lineOf(job.queue, job.lane)).push(job);
    else if (isDeadLetter(job)) deadLetters.add(job);
    else if (isLeased(job)) idsOf(this.#indexes.leased, job.workerId).add(job.id);
  }

  /** Takes a record out of the indexes that hold ids; heaps find out by themselves. */
  #unindex(job: JobRecord): void {
    this.#indexes.unique.remove(job);
    if (isDeadLetter(job)) this.#indexes.deadLetters.remove(job);
    if (job.cron !== null) forgetId(this.#indexes.openByCron, job.cron, job.id);
    if (job.workflowId !== null) forgetId(this.#indexes.members, job.workflowId, job.id);
    if (isLeased(job)) forgetId(this.#indexes.leased, job.workerId, job.id);
  }

  #ready(line: string): JobHeap {
    let heap = this.#indexes.ready.get(line);
    if (heap === undefined) {
      heap = this.#heap(byClaimOrder);
      this.#indexes.ready.set(line, heap);
    }
    return heap;
  }

  #heap(compare: (a: JobRecord, b: JobRecord) => number): JobHeap {
    return new JobHeap(compare, this.#isCurrent);
  }

  #emptyIndexes(): Indexes {
    return {
      ready: new Map(),
      due: this.#heap(byDue),
      leased: new Map(),
      openByCron: new Map(),
      members: new Map(),
      deadLetters: new DeadLetters(),
      finished: new FinishedJobs(this.#isCurrent),
      unique: new UniqueJobs(),
    };
  }
}

type IdsByName = Map<string, Set<string>>;

interface Indexes {
  /** Available jobs of each line in the order of claiming. */
  readonly ready: Map<string, JobHeap>;
  readonly due: JobHeap;
  /** Ids of the active jobs of each worker. */
  readonly leased: IdsByName;
  /** Ids of the jobs of each cron job that have not ended. */
  readonly openByCron: IdsByName;
  /** Ids of the members of each workflow. */
  readonly members: IdsByName;
  readonly deadLetters: DeadLetters;
  readonly finished: FinishedJobs;
  readonly unique: UniqueJobs;
}

/** A queue's plain line has its name; no name has a space in it. */
function lineOf(queue: string, lane: JsonText | null): string {
  return lane === null ? queue : `${queue} ${lane}`;
}

function idsOf(index: IdsByName, name: string): Set<string> {
  const known = index.get(name);
  if (known !== undefined) return known;
  const ids = new Set<string>();
  index.set(name, ids);
  return ids;
}

function forgetId(index: IdsByName, name: string, id: string): void {
  const ids = index.get(name);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(name);
}

function isDeadLetter(job: JobRecord): boolean {
  return job.state === "discarded" && job.deadLetter;
}

function isLeased(job: JobRecord): job is JobRecord & { readonly workerId: string } {
  return job.state === "active" && job.workerId !== null;
}

function byDue(a: JobRecord, b: JobRecord): number {
  return (a.dueAt ?? Infinity) - (b.dueAt ?? Infinity) || a.seq - b.seq;
}
