/** Cancel, retry or delete many jobs (ojs-bulk-operations §6–§8), without holding up anybody else. */
import { ojsError } from "../core/errors.ts";
import type { BulkEventKind } from "../core/event-kinds.ts";
import { LIMITS } from "../core/limits.ts";
import type { EngineContext } from "./context.ts";
import type { SelectedJob, Selection, SelectionEngine, SelectionOutcome, SelectionVerb } from "./selection.ts";
import { commitPortion, keptPortion, type Portion, type PortionOutcome } from "./selection-commit.ts";
import { FilterWalk, STRETCH } from "./selection-walk.ts";

/** The operations on selections. */
export function selectionOperations(context: EngineContext): SelectionEngine {
  return { select: (selection) => select(context, selection) };
}

async function select(context: EngineContext, selection: Selection): Promise<SelectionOutcome> {
  const tally = new OutcomeTally();
  const portions = portionsOf(context, selection);
  let next: string | null = null;
  let isNew = false;
  for (let number = 0; number === 0 || (next !== null && !selection.abandoned()); number += 1) {
    const { outcome, fresh } = await doPortion(context, selection, number, () => portions(number, next));
    tally.add(outcome.items);
    next = outcome.next;
    isNew ||= fresh;
  }
  if (isNew) announce(context, selection.verb, tally);
  return tally.outcome;
}

/** Does a portion, or finds what was done; a request that is repeated at the same time may be faster, and is then heard. */
async function doPortion(
  context: EngineContext,
  selection: Selection,
  number: number,
  find: () => Promise<Portion>,
): Promise<{ readonly outcome: PortionOutcome; readonly fresh: boolean }> {
  for (;;) {
    const kept = await keptPortion(context, selection, number);
    if (kept !== undefined) return { outcome: kept, fresh: false };
    const outcome = await commitPortion(context, selection, await find());
    if (outcome !== undefined) return { outcome, fresh: true };
  }
}

/** How a selection falls into portions; `from` is the `next` of the portion before. */
function portionsOf(
  context: EngineContext,
  { jobs, atomic }: Selection,
): (number: number, from: string | null) => Promise<Portion> {
  if ("ids" in jobs) return async (number, from) => idPortion(jobs.ids, atomic, number, from);
  const walk = new FilterWalk(context, jobs.filter);
  return async (number, from) => {
    const found = atomic ? await findAll(walk) : await walk.find(from);
    return { ...found, number, stillMeant: walk.meets };
  };
}

function idPortion(ids: readonly string[], atomic: boolean, number: number, from: string | null): Portion {
  const start = Number(from ?? 0);
  const end = atomic ? ids.length : start + STRETCH;
  return { ids: ids.slice(start, end), number, next: end < ids.length ? `${end}` : null };
}

/** Everything at once, as far as that can be done without stopping the store. */
async function findAll(walk: FilterWalk): Promise<Pick<Portion, "ids" | "next">> {
  const ids: string[] = [];
  let next: string | null = null;
  do {
    const found = await walk.find(next);
    ids.push(...found.ids);
    if (ids.length > LIMITS.atomicJobs) throw tooMany();
    next = found.next;
  } while (next !== null);
  return { ids, next: null };
}

function tooMany(): Error {
  const max = LIMITS.atomicJobs;
  return ojsError("payload_too_large", `More than ${max} jobs meet the filter; an atomic operation takes ${max}.`, {
    details: { field: "filter", max, max_batch_size: max },
    hint: "Narrow the filter, or ask for the atomicity `partial`, which has no such limit.",
  });
}

/** Counts all and names some: the answer to an operation on a million jobs must not be a hundred megabytes. */
class OutcomeTally {
  readonly #items: SelectedJob[] = [];
  #total = 0;
  #matched = 0;
  #done = 0;

  add(items: readonly SelectedJob[]): void {
    for (const item of items) {
      this.#total += 1;
      if (item.refusal === null) this.#done += 1;
      if (item.refusal?.code !== "not_found") this.#matched += 1;
      if (this.#items.length < LIMITS.namedJobs) this.#items.push(item);
    }
  }

  get outcome(): SelectionOutcome {
    return { items: this.#items, total: this.#total, matched: this.#matched, done: this.#done };
  }
}

const EVENTS: Readonly<Record<SelectionVerb, readonly [kind: BulkEventKind, done: string]>> = {
  cancel: ["bulk.cancel.completed", "cancelled"],
  retry: ["bulk.retry.completed", "retried"],
  delete: ["bulk.delete.completed", "deleted"],
};

function announce({ announcer, clock }: EngineContext, verb: SelectionVerb, tally: OutcomeTally): void {
  const { total, done } = tally.outcome;
  const [kind, member] = EVENTS[verb];
  announcer.bulk(kind, { total, [member]: done, skipped: total - done }, clock.now());
}
