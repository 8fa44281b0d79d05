/** Steps of workflows through a client's middleware: each of them, callbacks and nested ones too (ojs-middleware §3). */
import type {
  Composition,
  Step,
  StepOptions,
  WorkflowDefinition,
  WorkflowMember,
} from "../core/codec/workflow-definition.ts";
import { ojsError } from "../core/errors.ts";
import { isDropped } from "../middleware/enqueue-chain.ts";
import type { Middleware, OutgoingJob, SubmittedJob } from "../middleware/middleware.ts";
import { inputOf, outgoingJob } from "../middleware/outgoing.ts";
import { passTogether } from "../middleware/pass-together.ts";

type Defaults = StepOptions | undefined;

/** Does something with a step; `place` is where it is: `steps[1].jobs[0]`. */
type VisitStep = (step: Step, defaults: Defaults, place: string) => Step;

/**
 * Creates a workflow of the steps that middleware has made of those of the definition. A workflow without one of its steps is
 * not what was asked for: when a step is dropped, nothing is created.
 *
 * @throws OjsValidationError when a step was dropped; what middleware or `create` throws.
 */
export async function submitWorkflow<T>(
  chain: readonly Middleware[],
  definition: WorkflowDefinition,
  create: (definition: WorkflowDefinition) => Promise<T>,
): Promise<T> {
  const jobs: OutgoingJob[] = [];
  const places: string[] = [];
  mapSteps(definition, (step, defaults, place) => {
    jobs.push(outgoingJob({ ...step, options: { ...defaults, ...step.options } }, "workflow"));
    places.push(place);
    return step;
  });
  let created: { readonly workflow: T } | undefined;
  const passages = await passTogether(chain, jobs, async (finals) => {
    finals.forEach((final, index) => {
      if (final === null) throw droppedStep(places[index] ?? "");
    });
    const steps = finals.flatMap((final) => (final === null ? [] : [stepOf(final)]));
    created = { workflow: await create(mapSteps(definition, (step) => steps.shift() ?? step)) };
    return finals.map((): SubmittedJob["accepted"] => undefined);
  });
  if (created !== undefined) return created.workflow;
  throw droppedStep(places[passages.findIndex(isDropped)] ?? "");
}

function stepOf(job: OutgoingJob): Step {
  const { type, args, options } = inputOf(job);
  // What middleware hands on is an array.
  return { type, args: args as readonly unknown[], ...(options === undefined ? {} : { options }) };
}

/** The definition with other steps, which have all their options themselves; always in the same order. */
function mapSteps(definition: WorkflowDefinition, visit: VisitStep): WorkflowDefinition {
  if (definition.kind !== "graph") return mapComposition(definition, undefined, "", visit);
  const { options, ...graph } = definition;
  const steps = Object.entries(graph.steps).map(([name, { dependsOn, ...step }]) => {
    const mapped = visit(step, options, `steps.${name}`);
    return [name, dependsOn === undefined ? mapped : { ...mapped, dependsOn }] as const;
  });
  return { ...graph, steps: Object.fromEntries(steps) };
}

function mapComposition<C extends Exclude<WorkflowDefinition, { kind: "graph" }>>(
  composition: C,
  around: Defaults,
  place: string,
  visit: VisitStep,
): C {
  const defaults = mergedOptions(around, composition);
  const members = (name: string, list: readonly WorkflowMember[]): readonly WorkflowMember[] =>
    list.map((member, index) => {
      const at = `${place}${name}[${index}]`;
      return "kind" in member ? mapComposition(member, defaults, `${at}.`, visit) : visit(member, defaults, at);
    });
  const { options: _, ...rest } = composition;
  const parts =
    composition.kind === "chain"
      ? { steps: members("steps", composition.steps) }
      : { jobs: members("jobs", composition.jobs) };
  if (composition.kind !== "batch") return { ...rest, ...parts } as C;
  const callbacks = Object.entries(composition.callbacks).map(([name, step]: [string, Step]) => [
    name,
    visit(step, defaults, `${place}callbacks.${name}`),
  ]);
  return { ...rest, ...parts, callbacks: Object.fromEntries(callbacks) } as C;
}

function mergedOptions(around: Defaults, { options }: Composition): Defaults {
  return around === undefined ? options : { ...around, ...options };
}

function droppedStep(place: string): Error {
  return ojsError("invalid_request", `Middleware dropped ${place} of the workflow, so it was not created.`, {
    hint: "Leave the step out, or do not drop jobs whose via is 'workflow'.",
    details: { field: place },
    operation: "createWorkflow",
  });
}
