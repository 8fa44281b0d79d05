/** A bulk as one unit: what is in the way is read before, so that every item's outcome is known when it commits. */
import { errorOf, OjsError } from "../core/errors.ts";
import type { JobRecord } from "../core/job.ts";
import type { NewJob } from "../core/job-request.ts";
import type { NewJobOutcome } from "../core/lifecycle/enqueue.ts";
import type { Effect } from "../storage/storage.ts";
import type { BulkItem, BulkRequest } from "./bulk-request.ts";
import type { EngineContext } from "./context.ts";
import { birth, refusal, sameRequest } from "./enqueue.ts";

/** What becomes of a bulk. */
export interface BulkDecision {
  readonly items: readonly BulkItem[];
  readonly effects: readonly Effect[];
  /** Tells the world, once the effects are committed. */
  readonly announce: () => void;
}

/** Enqueues all jobs of the bulk or none. */
export function enqueueTogether(context: EngineContext, request: BulkRequest): Promise<readonly BulkItem[]> {
  return context.committer.decide({
    ids: chosenIds(request),
    decide(stored) {
      const { items, effects, announce } = decideBulk(context, request, stored);
      return {
        effects,
        committed() {
          announce();
          return items;
        },
      };
    },
  });
}

/** Ids that a bulk's clients chose, and that therefore may be taken; each once. */
export function chosenIds({ items }: BulkRequest): readonly string[] {
  const ids = items.map((item) => (item instanceof OjsError ? null : item.id));
  return [...new Set(ids.filter((id) => id !== null))];
}

/** Decides about every item over the jobs as they are, in the order of {@link chosenIds}. */
export function decideBulk(
  context: EngineContext,
  request: BulkRequest,
  stored: readonly (JobRecord | undefined)[],
): BulkDecision {
  const ids = chosenIds(request);
  const known = new Map(stored.flatMap((job, index) => (job === undefined ? [] : [[ids[index] ?? job.id, job]])));
  const births: NewJobOutcome[] = [];
  const items = request.items.map((item, index): BulkItem => {
    if (item instanceof OjsError) return item;
    const outcome = decideItem(context, item, known, births);
    return outcome ?? refusal(known.get(item.id ?? ""), `jobs[${index}].id`);
  });
  const spoiled = request.atomic && items.some((item) => item instanceof OjsError);
  if (spoiled) return { items: items.map(rolledBack), effects: [], announce: () => undefined };
  const effects = births.map(({ job }): Effect => ({ kind: "insert", job }));
  const announce = (): void => {
    for (const { job, events } of births) context.announcer.created(job, events);
  };
  return { items, effects, announce };
}

/** Undefined = another job has the id. What is new is known to the items after it. */
function decideItem(
  context: EngineContext,
  item: NewJob,
  known: Map<string, JobRecord>,
  births: NewJobOutcome[],
): BulkItem | undefined {
  const newborn = birth(context, item);
  const { job } = newborn;
  const existing = known.get(job.id);
  if (existing !== undefined) {
    const same = sameRequest(job, existing);
    return same === undefined ? undefined : { job: same, created: false };
  }
  known.set(job.id, job);
  births.push(newborn);
  return { job, created: true };
}

function rolledBack(outcome: BulkItem): BulkItem {
  if (outcome instanceof OjsError) return outcome;
  return errorOf("rolled_back", "The job was not enqueued, because another job of this atomic bulk was refused.", {
    status: 422,
    hint: "Correct the items with other errors and send all of them again, or ask for the atomicity `partial`.",
  });
}
