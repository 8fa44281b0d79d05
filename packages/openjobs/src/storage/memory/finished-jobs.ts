import type { JobRecord } from "../../core/job.ts";
import type { FinishedKind } from "../../core/retention.ts";
import { JobHeap } from "./job-heap.ts";

/** Jobs that have ended, by what they are kept as, the longest ended first. */
export class FinishedJobs {
  readonly #kinds: Readonly<Record<FinishedKind, JobHeap>>;

  /** `isCurrent` tells the records that have been replaced since. */
  constructor(isCurrent: (job: JobRecord) => boolean) {
    const heap = (): JobHeap => new JobHeap(byEnd, isCurrent);
    this.#kinds = { completed: heap(), cancelled: heap(), discarded: heap(), deadLetters: heap() };
  }

  add(kind: FinishedKind, job: JobRecord): void {
    this.#kinds[kind].push(job);
  }

  /** Removes the longest ended job of this kind from the index, if it ended at `endedBy` or before. */
  takeOld(kind: FinishedKind, endedBy: number): JobRecord | undefined {
    const oldest = this.oldest(kind);
    return oldest === undefined || oldest > endedBy ? undefined : this.#kinds[kind].take();
  }

  /** When the longest ended job of this kind ended. */
  oldest(kind: FinishedKind): number | undefined {
    const job = this.#kinds[kind].peek();
    return job === undefined ? undefined : endOf(job);
  }
}

function byEnd(a: JobRecord, b: JobRecord): number {
  return endOf(a) - endOf(b) || a.seq - b.seq;
}

/** Every job that has ended has this time; a missing one only makes it the first to go. */
function endOf({ endedAt }: JobRecord): number {
  return endedAt ?? 0;
}
