import type { JobRecord } from "../../core/job.ts";
import { finishedKind } from "../../core/retention.ts";
import { DeadLetters } from "./dead-letters.ts";
import { FinishedJobs } from "./finished-jobs.ts";
import { JobHeap } from "./job-heap.ts";
import type { Journal } from "./journal.ts";

/**
 * The jobs and their indexes. Records are frozen and replaced, never changed, so they can be handed out as they are,
 * and an index entry is known to be stale by its record not being the current one.
 */
export class JobTable {
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

  /** Builds all indexes anew: after a rollback they would hold some records twice. O(n log n). */
  reindex(): void {
    this.#indexes = this.#emptyIndexes();
    for (const job of this.#jobs.values()) this.#index(job);
  }

  /** Removes the first job of a queue from the index of claimable ones, to be claimed or to be left to the due sweep. */
  takeReady(queue: string): JobRecord | undefined {
    return this.#indexes.ready.get(queue)?.take();
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

  leasedBy(worker: string): JobRecord[] {
    return this.many(this.#indexes.leased.get(worker) ?? []);
  }

  get deadLetters(): DeadLetters {
    return this.#indexes.deadLetters;
  }

  get finished(): FinishedJobs {
    return this.#indexes.finished;
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
    const { due, deadLetters, finished } = this.#indexes;
    if (job.dueAt !== null) due.push(job);
    const kind = finishedKind(job);
    if (kind !== undefined) finished.add(kind, job);
    if (job.state === "available") this.#ready(job.queue).push(job);
    else if (isDeadLetter(job)) deadLetters.add(job);
    else if (isLeased(job)) this.#leases(job.workerId).add(job.id);
  }

  /** Takes a record out of the indexes that hold ids; heaps find out by themselves. */
  #unindex(job: JobRecord): void {
    if (isDeadLetter(job)) this.#indexes.deadLetters.remove(job);
    if (!isLeased(job)) return;
    const leases = this.#leases(job.workerId);
    leases.delete(job.id);
    if (leases.size === 0) this.#indexes.leased.delete(job.workerId);
  }

  #ready(queue: string): JobHeap {
    let heap = this.#indexes.ready.get(queue);
    if (heap === undefined) {
      heap = this.#heap(byClaimOrder);
      this.#indexes.ready.set(queue, heap);
    }
    return heap;
  }

  #leases(worker: string): Set<string> {
    let ids = this.#indexes.leased.get(worker);
    if (ids === undefined) {
      ids = new Set();
      this.#indexes.leased.set(worker, ids);
    }
    return ids;
  }

  #heap(compare: (a: JobRecord, b: JobRecord) => number): JobHeap {
    return new JobHeap(compare, this.#isCurrent);
  }

  #emptyIndexes(): Indexes {
    return {
      ready: new Map(),
      due: this.#heap(byDue),
      leased: new Map(),
      deadLetters: new DeadLetters(),
      finished: new FinishedJobs(this.#isCurrent),
    };
  }
}

interface Indexes {
  /** Available jobs of each queue in the order of claiming. */
  readonly ready: Map<string, JobHeap>;
  readonly due: JobHeap;
  /** Ids of the active jobs of each worker. */
  readonly leased: Map<string, Set<string>>;
  readonly deadLetters: DeadLetters;
  readonly finished: FinishedJobs;
}

function isDeadLetter(job: JobRecord): boolean {
  return job.state === "discarded" && job.deadLetter;
}

function isLeased(job: JobRecord): job is JobRecord & { readonly workerId: string } {
  return job.state === "active" && job.workerId !== null;
}

function byClaimOrder(a: JobRecord, b: JobRecord): number {
  return b.priority - a.priority || a.availableAt - b.availableAt || a.seq - b.seq;
}

function byDue(a: JobRecord, b: JobRecord): number {
  return (a.dueAt ?? Infinity) - (b.dueAt ?? Infinity) || a.seq - b.seq;
}
