/** Tells the world what a commit did to workflows: events, and the jobs that came of it. */
import { cancellation } from "../core/lifecycle/end.ts";
import { birthEvents } from "../core/lifecycle/enqueue.ts";
import { stateBefore } from "../core/lifecycle/state-before.ts";
import { callbackFacts, endFacts, stepEventKind, stepFacts, workflowFacts } from "../core/workflow/event-facts.ts";
import type { WorkflowRecord } from "../core/workflow/workflow.ts";
import type { WorkflowFact } from "../storage/workflows.ts";
import type { Announcer } from "./announcer.ts";

/** Who hears of workflows, at two moments of a commit: after its units, and after its claims. */
export interface WorkflowListener {
  progressed(facts: readonly WorkflowFact[], at: number): void;
  started(workflows: readonly WorkflowRecord[], at: number): void;
}

/** A listener that announces. */
export function workflowNews(announcer: Announcer): WorkflowListener {
  return {
    progressed(facts, at) {
      const left = new Countdown(facts);
      for (const fact of facts) tell(fact, { announcer, left, at });
    },
    started(workflows, at) {
      for (const workflow of workflows)
        announcer.workflow("workflow.started", workflow.id, workflowFacts(workflow), at);
    },
  };
}

interface Telling {
  readonly announcer: Announcer;
  readonly left: Countdown;
  readonly at: number;
}

function tell(fact: WorkflowFact, { announcer, left, at }: Telling): void {
  if (fact.kind === "cancelled") {
    announcer.moved(fact.job, cancellation(at), stateBefore(fact.job), at);
    return;
  }
  const { workflow } = fact;
  if (fact.kind === "ended") {
    announcer.workflow(`workflow.${endOf(workflow)}`, workflow.id, endFacts(workflow), at);
    return;
  }
  const { step } = fact;
  if (fact.kind === "arrived") {
    const facts = stepFacts(workflow, step, left.after(fact));
    announcer.workflow(stepEventKind(workflow, step), workflow.id, facts, at);
    return;
  }
  if (step.callback !== null)
    announcer.workflow("workflow.callback_fired", workflow.id, callbackFacts(workflow, step), at);
  announcer.created(fact.job, birthEvents(fact.job.state));
}

/** Only workflows that do not run any more have ended. */
function endOf({ state }: WorkflowRecord): "completed" | "failed" | "cancelled" {
  return state === "running" ? "completed" : state;
}

/** How many steps were left after each of several that ended in one commit: the records know only the last number. */
class Countdown {
  readonly #later = new Map<string, number>();

  constructor(facts: readonly WorkflowFact[]) {
    for (const fact of facts) if (counts(fact)) this.#add(fact.workflow.id, 1);
  }

  after(fact: WorkflowFact & { readonly kind: "arrived" }): number {
    const { id, total, completed, failed } = fact.workflow;
    if (counts(fact)) this.#add(id, -1);
    return total - completed - failed + (this.#later.get(id) ?? 0);
  }

  #add(id: string, by: number): void {
    this.#later.set(id, (this.#later.get(id) ?? 0) + by);
  }
}

function counts(fact: WorkflowFact): fact is WorkflowFact & { readonly kind: "arrived" } {
  return fact.kind === "arrived" && fact.step.callback === null;
}
