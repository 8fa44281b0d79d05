import type { JobRecord, JobState } from "../../core/job.ts";
import { newestFirst, newestFree, type UniqueGuard } from "../../core/unique-guard.ts";
import { SortedList } from "./sorted-list.ts";

type Key = `${string} ${JobState}`;

/** The jobs that have a fingerprint, by it and by their state, in the order of their creation. */
export class UniqueJobs {
  readonly #lists = new Map<Key, SortedList<JobRecord>>();

  add(job: JobRecord): void {
    if (job.fingerprint === null) return;
    const key = keyOf(job.fingerprint, job.state);
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = new SortedList(oldestFirst);
      this.#lists.set(key, list);
    }
    list.add(job);
  }

  remove(job: JobRecord): void {
    if (job.fingerprint === null) return;
    const key = keyOf(job.fingerprint, job.state);
    const list = this.#lists.get(key);
    list?.remove(job);
    if (list?.size === 0) this.#lists.delete(key);
  }

  /** The jobs that are in the way, the last created first; older ones than `limit` are left out. */
  inTheWay(guard: UniqueGuard, now: number, limit: number): JobRecord[] {
    const free = newestFree(guard, now);
    const found = guard.states.flatMap((state) => this.#newest(keyOf(guard.fingerprint, state), limit));
    return found
      .filter((job) => job.createdAt > free)
      .sort(newestFirst)
      .slice(0, limit);
  }

  #newest(key: Key, limit: number): JobRecord[] {
    const list = this.#lists.get(key);
    return list === undefined ? [] : list.slice(list.size - limit, list.size);
  }
}

function keyOf(fingerprint: string, state: JobState): Key {
  return `${fingerprint} ${state}`;
}

function oldestFirst(a: JobRecord, b: JobRecord): number {
  return newestFirst(b, a);
}
