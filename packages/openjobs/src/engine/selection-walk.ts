/** Finds the jobs that meet a filter: through the sets in which they can be, a stretch at a time. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { JobRecord } from "../core/job.ts";
import { type JobFilter, meetsFilter } from "../core/job-filter.ts";
import type { JobSet, Stretch } from "../storage/walk.ts";
import type { EngineContext } from "./context.ts";
import { findJobSets, placeOfSet } from "./job-sets.ts";
import { answered } from "./storage-trouble.ts";

/** Jobs looked at in one go, and at most done in one commit: less than half a group, so that others fit in beside them. */
export const STRETCH = 200;

/** Some jobs that meet the filter; `next` leads to the others, null = there are none. */
export interface FoundJobs {
  readonly ids: readonly string[];
  readonly next: string | null;
}

/** Where a walk is. Names the set: under a key a walk may go on after a restart, when there are more queues than before. */
interface Place {
  readonly set: JobSet;
  readonly after?: string;
}

/**
 * A walk for one operation. It does not meet jobs that came, or ended, after it began: a job that is retried and fails at
 * once would otherwise be met again and again.
 */
export class FilterWalk {
  readonly #context: EngineContext;
  readonly #filter: JobFilter;
  readonly #startedAt: number;
  #sets: readonly JobSet[] | undefined;

  constructor(context: EngineContext, filter: JobFilter) {
    this.#context = context;
    this.#filter = filter;
    this.#startedAt = context.clock.now();
  }

  /** Whether the operation is about this job. */
  readonly meets = (job: JobRecord): boolean => {
    return (job.endedAt ?? job.enqueuedAt) <= this.#startedAt && meetsFilter(job, this.#filter);
  };

  /**
   * The next jobs that meet the filter, at least one unless there are no more. Between two stretches the event loop turns,
   * so that a walk through a million jobs holds nobody up.
   *
   * @param from `next` of the jobs before; null = from the beginning.
   */
  async find(from: string | null): Promise<FoundJobs> {
    this.#sets ??= (await findJobSets(this.#context, this.#filter)).map(({ set }) => set);
    const { storage } = this.#context;
    let place = from === null ? firstOf(this.#sets) : (JSON.parse(from) as Place); // what `next` was
    while (place !== undefined) {
      const { jobs, next }: Stretch = await answered(storage.jobs.walk(place.set, STRETCH, place.after));
      place = next === undefined ? firstOf(this.#setsAfter(place.set)) : { set: place.set, after: next };
      const ids = jobs.filter(this.meets).map(({ id }) => id);
      if (ids.length > 0) return { ids, next: place === undefined ? null : JSON.stringify(place) };
      await nextTurn();
    }
    return { ids: [], next: null };
  }

  #setsAfter(set: JobSet): readonly JobSet[] {
    const sets = this.#sets ?? [];
    return sets.slice(placeOfSet(sets, set) + 1);
  }
}

function firstOf([set]: readonly JobSet[]): Place | undefined {
  return set === undefined ? undefined : { set };
}
