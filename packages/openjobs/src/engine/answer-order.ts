/**
 * In which order groups are answered that an asynchronous store works on at the same time: in that of their start, unless one
 * has found what a later one did. A claim may get a job whose insert was started after it, and the job's events have to
 * be told in the order of its life all the same (design 3.12).
 */
import type { Effect, Group, GroupOutcome } from "../storage/storage.ts";
import type { WorkflowFact } from "../storage/workflows.ts";

/** What became of a group. */
export type Committed =
  | { readonly ok: true; readonly outcome: GroupOutcome }
  | { readonly ok: false; readonly cause: unknown };

/** A group whose commit has been started. */
export interface Flight {
  /** Undefined when it had nothing to write. */
  readonly group: Group | undefined;
  readonly committed: Promise<Committed>;
  readonly answer: (committed: Committed) => void;
}

/** The groups that are under way. */
export class AnswerOrder {
  #open: readonly Flight[] = [];
  #answered: Promise<void> = Promise.resolve();

  /** Resolves when this group has been answered, and all that were started before it. */
  add(flight: Flight): Promise<void> {
    const earlier = this.#answered;
    this.#open = [...this.#open, flight];
    this.#answered = Promise.all([flight.committed, earlier]).then(([committed]) => this.#land(flight, committed));
    return this.#answered;
  }

  /** All that were started before it have been answered. So was it, if one of them has found what it did. */
  #land(flight: Flight, committed: Committed): void | Promise<void> {
    if (!this.#open.includes(flight)) return;
    const later = committed.ok && this.#open.length > 1 ? this.#related(flight, committed.outcome) : [];
    if (!committed.ok || later.length === 0) return this.#answer(flight, committed);
    return Promise.all(later.map((other) => other.committed)).then((outcomes) => {
      later.forEach((other, index) => {
        const landed = outcomes[index];
        if (landed?.ok && hasFound(committed.outcome, other.group, landed.outcome)) this.#answer(other, landed);
      });
      this.#answer(flight, committed);
    });
  }

  #related(flight: Flight, outcome: GroupOutcome): readonly Flight[] {
    const names = namesIn(outcome);
    if (names.size === 0) return [];
    return this.#open.filter((other) => other !== flight && touches(other.group, names));
  }

  #answer(flight: Flight, committed: Committed): void {
    this.#open = this.#open.filter((other) => other !== flight);
    flight.answer(committed);
  }
}

/** Jobs and workflows that a group came upon without having read them before. */
function namesIn({ claims, workflows }: GroupOutcome): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { id, workflowId } of claims.flat()) names.add(id).add(workflowId ?? id);
  for (const fact of workflows?.facts ?? []) if ("workflow" in fact) names.add(fact.workflow.id);
  return names;
}

function touches(group: Group | undefined, names: ReadonlySet<string>): boolean {
  return group?.units.some(({ effects }) => effects.some((effect) => names.has(nameOf(effect)))) === true;
}

/** The job or the workflow that an effect is about. */
function nameOf(effect: Effect): string {
  switch (effect.kind) {
    case "insert":
      return effect.job.id;
    case "update":
    case "remove":
      return effect.before.id;
    case "insert-workflow":
      return effect.workflow.id;
    case "arrive":
      return effect.workflowId;
    case "cancel-workflow":
    case "resume-workflow":
      return effect.id;
    default:
      return "";
  }
}

/** Whether a group was applied after another one, as far as it can be told by what both of them are about. */
function hasFound(outcome: GroupOutcome, group: Group | undefined, other: GroupOutcome): boolean {
  const claimed = new Map(outcome.claims.flat().map((job) => [job.id, job.revision]));
  const offered = group?.units.some(
    ({ effects }, index) => other.units[index]?.ok === true && effects.some((effect) => isOffer(effect, claimed)),
  );
  const facts = other.workflows?.facts ?? [];
  const released = facts.some((fact) => fact.kind === "released" && claimed.has(fact.job.id));
  return offered === true || released || isFurther(outcome.workflows?.facts ?? [], facts);
}

/** Whether an effect came before the claim of its job; a claim gives the job a revision of its own. */
function isOffer(effect: Effect, claimed: ReadonlyMap<string, number>): boolean {
  if (effect.kind === "insert-workflow" || effect.kind === "resume-workflow") {
    return effect.jobs.some(({ id }) => claimed.has(id));
  }
  if (effect.kind === "insert") return claimed.has(effect.job.id);
  return effect.kind === "update" && effect.before.revision < (claimed.get(effect.before.id) ?? 0);
}

/** Whether these facts tell of a workflow when more of it had ended than those do. */
function isFurther(facts: readonly WorkflowFact[], others: readonly WorkflowFact[]): boolean {
  const progress = new Map(
    others.flatMap((fact) => ("workflow" in fact ? [[fact.workflow.id, progressOf(fact)]] : [])),
  );
  return facts.some(
    (fact) => "workflow" in fact && progressOf(fact) > (progress.get(fact.workflow.id) ?? Number.POSITIVE_INFINITY),
  );
}

function progressOf({ workflow }: Extract<WorkflowFact, { readonly workflow: unknown }>): number {
  return workflow.completed + workflow.failed + (workflow.endedAt === null ? 0 : 1);
}
