/** In which sets of the storage the jobs are that a filter is about. */
import type { JobFilter } from "../core/job-filter.ts";
import { FINISHED_KINDS } from "../core/retention.ts";
import { WAITING_STATES } from "../core/states.ts";
import type { QueueRecord } from "../storage/storage.ts";
import type { JobSet } from "../storage/walk.ts";
import type { EngineContext } from "./context.ts";
import { answered } from "./storage-trouble.ts";

const QUEUE_PAGE = 200;

/** A set, and how many jobs are in it; undefined = nobody has counted. */
export interface CountedSet {
  readonly set: JobSet;
  readonly count?: number;
}

/** The sets to look through for a filter, always in the same order: what waits, what runs, what has ended. */
export async function findJobSets(
  context: EngineContext,
  { states, queue }: JobFilter,
): Promise<readonly CountedSet[]> {
  const waiting = WAITING_STATES.filter((state) => states.includes(state));
  const queues = waiting.length === 0 || queue !== undefined ? [] : await allQueues(context);
  const kinds = FINISHED_KINDS.filter((kind) => states.includes(kind === "deadLetters" ? "discarded" : kind));
  return [
    ...waiting.flatMap((state): CountedSet[] =>
      queue === undefined
        ? queues.map(({ name, counts }) => ({ set: { state, queue: name }, count: counts[state] }))
        : [{ set: { state, queue } }],
    ),
    ...(states.includes("active") ? [{ set: { state: "active" } } as const] : []),
    ...kinds.map((state): CountedSet => ({ set: { state } })),
  ];
}

/** Where in the sets this one is; -1 = it is not among them. */
export function placeOfSet(sets: readonly JobSet[], { state, queue }: Pick<JobSet, "state" | "queue">): number {
  return sets.findIndex((set) => set.state === state && set.queue === queue);
}

async function allQueues({ storage }: EngineContext): Promise<readonly QueueRecord[]> {
  const found: QueueRecord[] = [];
  let after: string | undefined;
  do {
    const page = await answered(storage.queues.list({ limit: QUEUE_PAGE, ...(after === undefined ? {} : { after }) }));
    found.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return found;
}
