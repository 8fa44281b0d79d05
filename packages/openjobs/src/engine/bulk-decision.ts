/** A bulk as one unit: what is in the way is read before, so that every item's outcome is known when it commits. */
import { errorOf, OjsError } from "../core/errors.ts";
import type { Effect } from "../storage/storage.ts";
import { Admission, type Surroundings } from "./admission.ts";
import { type Birth, birth } from "./birth.ts";
import type { BulkItem, BulkRequest } from "./bulk-request.ts";
import type { EngineContext } from "./context.ts";
import { placesOf } from "./enqueue.ts";
import type { Decision } from "./submission.ts";

/** A bulk on its way: its jobs to be, and why the others are none. */
export interface BulkPlan {
  readonly items: readonly (Birth | OjsError)[];
  /** True = all or nothing. */
  readonly atomic: boolean;
  /** What a decision about it has to read. */
  readonly places: Pick<Decision<never>, "ids" | "guards">;
}

/** What becomes of a bulk. */
export interface BulkDecision {
  readonly items: readonly BulkItem[];
  readonly effects: readonly Effect[];
  /** Tells the world, once the effects are committed. */
  readonly announce: () => void;
}

/** Enqueues all jobs of the bulk or none. */
export function enqueueTogether(context: EngineContext, request: BulkRequest): Promise<readonly BulkItem[]> {
  const plan = planBulk(context, request);
  return context.committer.decide({
    ...plan.places,
    decide(stored, { inTheWay, now }) {
      const { items, effects, announce } = decideBulk(context, plan, { stored, inTheWay, now });
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

/** Makes the jobs to be of a bulk. */
export function planBulk(context: EngineContext, { items, atomic }: BulkRequest): BulkPlan {
  const plans = items.map((item) => (item instanceof OjsError ? item : birth(context, item)));
  const births = plans.filter((item): item is Birth => !(item instanceof OjsError));
  return { items: plans, atomic, places: placesOf(births) };
}

/** Decides about every item. */
export function decideBulk(context: EngineContext, { items, atomic }: BulkPlan, around: Surroundings): BulkDecision {
  const admission = new Admission(context, around);
  const outcomes = items.map((item, index) =>
    item instanceof OjsError ? item : admitOrRefuse(admission, item, `jobs[${index}].id`),
  );
  const spoiled = atomic && outcomes.some((outcome) => outcome instanceof OjsError);
  if (spoiled) return { items: outcomes.map(rolledBack), effects: [], announce: () => undefined };
  const latest = (outcome: BulkItem): BulkItem =>
    outcome instanceof OjsError ? outcome : { ...outcome, job: admission.latest(outcome.job) };
  return { items: outcomes.map(latest), effects: admission.effects, announce: () => admission.announce() };
}

function admitOrRefuse(admission: Admission, newborn: Birth, field: string): BulkItem {
  try {
    return admission.admit(newborn, field);
  } catch (error) {
    if (error instanceof OjsError) return error;
    throw error;
  }
}

function rolledBack(outcome: BulkItem): BulkItem {
  if (outcome instanceof OjsError) return outcome;
  return errorOf("rolled_back", "The job was not enqueued, because another job of this atomic bulk was refused.", {
    status: 422,
    hint: "Correct the items with other errors and send all of them again, or ask for the atomicity `partial`.",
  });
}
