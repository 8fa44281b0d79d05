import type { JobRecord } from "../../core/job.ts";
import { Heap } from "../heap.ts";

/** Below this size stale entries are not worth a clean-up. */
const SMALL = 64;

/**
 * Jobs in an order, without the cost of finding one in the middle: an entry whose job has changed since is stale, and
 * is thrown away when it surfaces. When the heap has doubled since the last clean-up, all stale entries go at once, so
 * that memory stays in proportion to the jobs that are really there.
 */
export class JobHeap {
  readonly #heap: Heap<JobRecord>;
  readonly #isLive: (job: JobRecord) => boolean;
  #cleanAt = SMALL;

  constructor(compare: (a: JobRecord, b: JobRecord) => number, isLive: (job: JobRecord) => boolean) {
    this.#heap = new Heap(compare);
    this.#isLive = isLive;
  }

  /** Adds a record. One record object must not be in the heap twice. */
  push(job: JobRecord): void {
    if (this.#heap.size >= this.#cleanAt) this.#clean();
    this.#heap.push(job);
  }

  /** The first job, which stays. */
  peek(): JobRecord | undefined {
    for (;;) {
      const job = this.#heap.peek();
      if (job === undefined || this.#isLive(job)) return job;
      this.#heap.pop();
    }
  }

  /** Removes the first job. */
  take(): JobRecord | undefined {
    const job = this.peek();
    if (job !== undefined) this.#heap.pop();
    return job;
  }

  #clean(): void {
    this.#heap.retain(this.#isLive);
    this.#cleanAt = Math.max(SMALL, 2 * this.#heap.size);
  }
}
