/** The list of jobs for operators (ojs-admin-api §7.1): a page at a time, at a cost that a page cannot exceed. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { badCursor, decodeCursor, encodeCursor } from "../core/cursor.ts";
import type { JobRecord } from "../core/job.ts";
import { type JobFilter, meetsFilter } from "../core/job-filter.ts";
import type { PageRequest, QueueRecord } from "../storage/storage.ts";
import type { JobSet } from "../storage/walk.ts";
import type { JobPage, JobQuery } from "./admin-engine.ts";
import type { EngineContext } from "./context.ts";
import { findJobSets, placeOfSet } from "./job-sets.ts";
import { STRETCH } from "./selection-walk.ts";
import { answered } from "./storage-trouble.ts";

/** Stretches that one page may look through, 10,000 jobs: what is beyond is left to the next page. */
const MOST_STRETCHES = 50;

/** Where a page begins: at a set, after a place that the driver knows. */
interface Place {
  readonly set: JobSet;
  readonly after?: string | undefined;
}

/** See `AdminEngine`. */
export async function listJobs(context: EngineContext, query: JobQuery, page: PageRequest): Promise<JobPage> {
  const [counted, total] = await Promise.all([
    findJobSets(context, query.filter),
    page.after === undefined ? countOf(context, query.filter) : undefined,
  ]);
  const sets = counted.map(({ set }) => set);
  const filled = new Set(counted.flatMap(({ set, count }) => (count === 0 ? [] : [set])));
  const following = (set: JobSet): Place | undefined => placeAmong(sets.slice(placeOfSet(sets, set) + 1), filled);
  let place = page.after === undefined ? placeAmong(sets, filled) : readPlace(page.after, sets);
  const items: JobRecord[] = [];
  for (let looked = 0; place !== undefined && items.length < page.limit && looked < MOST_STRETCHES; looked += 1) {
    if (looked > 0) await nextTurn();
    if (query.abandoned()) break;
    const wanted = page.limit - items.length;
    // As many as are wanted may be enough; when they were not, most jobs are others.
    const { jobs, after } = await look(context, query.filter, place, wanted, looked === 0 ? wanted : STRETCH);
    items.push(...jobs);
    place = after === undefined ? following(place.set) : { set: place.set, after };
  }
  return {
    items,
    ...(place === undefined ? {} : { next: writePlace(place) }),
    ...(total === undefined ? {} : { total }),
  };
}

/** Looks at up to `size` jobs, and at no more than it takes to find the wanted ones: `after` is right behind what was found. */
async function look(
  context: EngineContext,
  filter: JobFilter,
  place: Place,
  wanted: number,
  size: number,
): Promise<{ readonly jobs: readonly JobRecord[]; readonly after: string | undefined }> {
  const stretch = await answered(context.storage.jobs.walk(place.set, size, place.after));
  const jobs = stretch.jobs.filter((job) => meetsFilter(job, filter));
  if (jobs.length <= wanted) return { jobs, after: stretch.next };
  const last = stretch.jobs.findIndex(({ id }) => id === jobs[wanted - 1]?.id);
  return await look(context, filter, place, wanted, last + 1);
}

function placeAmong(sets: readonly JobSet[], filled: ReadonlySet<JobSet>): Place | undefined {
  const set = sets.find((candidate) => filled.has(candidate));
  return set && { set };
}

function writePlace({ set, after }: Place): string {
  return encodeCursor([set.state, set.queue ?? "", after ?? ""]);
}

/** A cursor names a set, so it leads nowhere in a list of other states or of another queue. */
function readPlace(cursor: string, sets: readonly JobSet[]): Place {
  const [state, queue, after] = decodeCursor(cursor, ["string", "string", "string"]);
  const set = sets.find((candidate) => candidate.state === state && (candidate.queue ?? "") === queue);
  if (set === undefined) throw badCursor();
  return { set, after: after === "" ? undefined : after };
}

/** How many there are, when counters know it. */
async function countOf({ storage, clock }: EngineContext, filter: JobFilter): Promise<number | undefined> {
  const { states, queue, ...conditions } = filter;
  if (Object.keys(conditions).length > 0) return undefined;
  const sum = (counts: QueueRecord["counts"]): number => states.reduce((total, state) => total + counts[state], 0);
  if (queue === undefined) return sum((await answered(storage.queues.totals(clock.now()))).counts);
  const record = await answered(storage.queues.get(queue));
  return record === undefined ? 0 : sum(record.counts);
}
