/**
 * The body of a request for a workflow: chains, groups and batches as ojs-workflows has them, graphs as
 * ojs-http-binding §14.1 has them.
 */
import type { JsonText } from "../job.ts";
import { stringifyJson } from "../json.ts";
import { at, templateMembers } from "./enqueue-encode.ts";
import { refusedOption } from "./enqueue-options-encode.ts";
import type {
  Batch,
  BatchCallbacks,
  Composition,
  Graph,
  Member,
  Step,
  StepOptions,
  WorkflowDefinition,
} from "./workflow-definition.ts";

const CALLBACK_NAMES = { onComplete: "on_complete", onSuccess: "on_success", onFailure: "on_failure" } as const;

/** What encoding a step needs to know of what is around it. */
interface Surroundings {
  /** Unix milliseconds; `delay` counts from here. */
  readonly now: number;
  readonly defaults: StepOptions | undefined;
}

/**
 * Writes the request body.
 *
 * @param id The workflow's id, by which a repeated request is recognised.
 * @param now Unix milliseconds; `delay` counts from here.
 * @throws OjsValidationError for what cannot travel or makes no sense; `details.field` is its place: `steps[1].jobs[0].args[2]`.
 */
export function encodeWorkflow(definition: WorkflowDefinition, id: string, now: number): JsonText {
  const surroundings = { now, defaults: undefined };
  const members =
    definition.kind === "graph" ? graphMembers(definition, surroundings) : compositionMembers(definition, surroundings);
  return `{"id":${stringifyJson(id)},${members}}`;
}

function encodeMember(member: Member, place: string, surroundings: Surroundings): JsonText {
  return at(place, () =>
    "kind" in member ? `{${compositionMembers(member, surroundings)}}` : `{${stepMembers(member, surroundings)}}`,
  );
}

function compositionMembers(composition: Exclude<WorkflowDefinition, Graph>, { now, defaults }: Surroundings): string {
  const { kind } = composition;
  const inner = { now, defaults: merged(defaults, composition.options) };
  const [name, members] = kind === "chain" ? ["steps", composition.steps] : ["jobs", composition.jobs];
  if (members.length === 0) throw refusedOption(name, `A ${kind} needs at least one member.`);
  const list = members.map((member, index) => encodeMember(member, `${name}[${index}]`, inner)).join(",");
  const callbacks = kind === "batch" ? `,"callbacks":{${callbackMembers(composition, inner)}}` : "";
  return `"type":"${kind}"${nameMember(composition)},"${name}":[${list}]${callbacks}`;
}

function callbackMembers({ callbacks }: Batch, surroundings: Surroundings): string {
  const given: Partial<Record<keyof typeof CALLBACK_NAMES, Step>> = callbacks satisfies BatchCallbacks;
  const members = Object.entries(CALLBACK_NAMES).flatMap(([name, wireName]) => {
    const callback = given[name as keyof typeof CALLBACK_NAMES];
    if (callback === undefined) return [];
    return [`"${wireName}":{${at(`callbacks.${name}`, () => stepMembers(callback, surroundings))}}`];
  });
  if (members.length > 0) return members.join(",");
  throw refusedOption(
    "callbacks",
    "A batch needs a callback: onComplete, onSuccess or onFailure.",
    "Without one it is a group.",
  );
}

function graphMembers(graph: Graph, { now }: Surroundings): string {
  const steps = Object.entries(graph.steps).map(([id, { dependsOn = [], ...step }]) =>
    at(`steps.${id}`, () => {
      const members = stepMembers(step, { now, defaults: graph.options });
      return `{"id":${stringifyJson(id)},${members},"depends_on":${stringifyJson(dependsOn)}}`;
    }),
  );
  if (steps.length === 0) throw refusedOption("steps", "A graph needs at least one step.");
  const name = graph.name === undefined ? "" : `"name":${stringifyJson(graph.name)},`;
  return `${name}"steps":[${steps.join(",")}]`;
}

function stepMembers({ type, args, options }: Step, { now, defaults }: Surroundings): string {
  const all = merged(defaults, options);
  for (const name of ["id", "pending"]) {
    if (all !== undefined && name in all)
      throw refusedOption(`options.${name}`, `A step cannot have the option ${name}.`);
  }
  return templateMembers({ type, args, ...(all === undefined ? {} : { options: all }) }, now);
}

function nameMember({ name }: Composition): string {
  return name === undefined ? "" : `,"name":${stringifyJson(name)}`;
}

function merged(defaults: StepOptions | undefined, own: StepOptions | undefined): StepOptions | undefined {
  return defaults === undefined ? own : { ...defaults, ...own };
}
