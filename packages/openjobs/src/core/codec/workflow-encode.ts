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
  Step,
  StepOptions,
  WorkflowDefinition,
  WorkflowMember,
} from "./workflow-definition.ts";

type CallbackName = "onComplete" | "onSuccess" | "onFailure";

const CALLBACK_NAMES: readonly (readonly [CallbackName, string])[] = [
  ["onComplete", "on_complete"],
  ["onSuccess", "on_success"],
  ["onFailure", "on_failure"],
];

/** The options of what is around a step. */
type Defaults = StepOptions | undefined;

/**
 * Writes the request body.
 *
 * @param id The workflow's id, by which a repeated request is recognised.
 * @throws OjsValidationError for what cannot travel or makes no sense; `details.field` is its place: `steps[1].jobs[0].args[2]`.
 */
export function encodeWorkflow(definition: WorkflowDefinition, id: string): JsonText {
  const members = definition.kind === "graph" ? graphMembers(definition) : compositionMembers(definition, undefined);
  return `{"id":${stringifyJson(id)},${members}}`;
}

function compositionMembers(composition: Exclude<WorkflowDefinition, Graph>, around: Defaults): string {
  const { kind } = composition;
  const defaults = merged(around, composition.options);
  const [name, members] = kind === "chain" ? ["steps", composition.steps] : ["jobs", composition.jobs];
  if (members.length === 0) throw refusedOption(name, `A ${kind} needs at least one member.`);
  const list = members.map((member, index) => at(`${name}[${index}]`, () => encodeMember(member, defaults))).join(",");
  const callbacks = kind === "batch" ? `,"callbacks":{${callbackMembers(composition, defaults)}}` : "";
  return `"type":"${kind}"${nameMember(composition)},"${name}":[${list}]${callbacks}`;
}

function encodeMember(member: WorkflowMember, defaults: Defaults): JsonText {
  return `{${"kind" in member ? compositionMembers(member, defaults) : stepMembers(member, defaults)}}`;
}

function callbackMembers({ callbacks }: Batch, defaults: Defaults): string {
  const given: Partial<Record<CallbackName, Step>> = callbacks satisfies BatchCallbacks;
  const members = CALLBACK_NAMES.flatMap(([name, wireName]) => {
    const callback = given[name];
    if (callback === undefined) return [];
    return [`"${wireName}":{${at(`callbacks.${name}`, () => stepMembers(callback, defaults))}}`];
  });
  if (members.length > 0) return members.join(",");
  throw refusedOption(
    "callbacks",
    "A batch needs a callback: onComplete, onSuccess or onFailure.",
    "Without one it is a group.",
  );
}

function graphMembers(graph: Graph): string {
  const steps = Object.entries(graph.steps).map(([id, { dependsOn = [], ...step }]) => {
    const members = at(`steps.${id}`, () => stepMembers(step, graph.options));
    return `{"id":${stringifyJson(id)},${members},"depends_on":${stringifyJson(dependsOn)}}`;
  });
  if (steps.length === 0) throw refusedOption("steps", "A graph needs at least one step.");
  const name = graph.name === undefined ? "" : `"name":${stringifyJson(graph.name)},`;
  return `${name}"steps":[${steps.join(",")}]`;
}

function stepMembers({ type, args, options }: Step, defaults: Defaults): string {
  const all = merged(defaults, options);
  for (const name of ["id", "pending"]) {
    if (all !== undefined && name in all) {
      throw refusedOption(`options.${name}`, `A step cannot have the option ${name}.`);
    }
  }
  return templateMembers({ type, args, ...(all === undefined ? {} : { options: all }) });
}

function nameMember({ name }: Composition): string {
  return name === undefined ? "" : `,"name":${stringifyJson(name)}`;
}

function merged(defaults: Defaults, own: StepOptions | undefined): Defaults {
  return defaults === undefined ? own : { ...defaults, ...own };
}
