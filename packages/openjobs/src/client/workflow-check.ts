/** Looks at a workflow before anything is sent: its shape, which the compiler may not have seen, and the arguments of its steps. */
import { refusedOption, refuseUnknown } from "../core/codec/enqueue-options-encode.ts";
import type { Batch, Step, WorkflowDefinition, WorkflowMember } from "../core/codec/workflow-definition.ts";
import { checkEach, JOB_NAMES, type Placed } from "./args-check.ts";

const STEP_NAMES = JOB_NAMES;
const GRAPH_STEP_NAMES = { ...JOB_NAMES, dependsOn: 1 };
const COMPOSITION_NAMES = { kind: 1, name: 1, options: 1 };
const CALLBACK_NAMES = { onComplete: 1, onSuccess: 1, onFailure: 1 };
const KINDS = ["chain", "group", "batch", "graph"];

/**
 * Checks a workflow of any kind, all of it.
 *
 * @throws OjsValidationError; `details.field` is the place: `steps[1].jobs[0].delay`. `invalid_payload` for arguments that
 * do not fit the schema of their definition.
 */
export async function checkWorkflow(workflow: WorkflowDefinition): Promise<void> {
  if (!KINDS.includes(workflow?.kind)) {
    throw refusedOption("workflow", "A workflow is what `chain`, `group`, `batch` or `graph` makes of steps.");
  }
  await checkEach([...stepsIn(workflow)]);
}

function stepsIn(workflow: WorkflowDefinition): Iterable<Placed> {
  if (workflow.kind !== "graph") return stepsOf(workflow, "");
  refuseUnknown(workflow, { ...COMPOSITION_NAMES, steps: 1 }, "");
  return Object.entries(workflow.steps).map(([id, step]): Placed => {
    refuseUnknown(step, GRAPH_STEP_NAMES, `steps.${id}.`);
    return [`steps.${id}.`, step];
  });
}

function* stepsOf(member: WorkflowMember, place: string): Generator<Placed> {
  if (typeof member !== "object" || member === null || !("kind" in member)) {
    refuseUnknown(member, STEP_NAMES, place);
    yield [place, member];
    return;
  }
  const [name, members] = member.kind === "chain" ? ["steps", member.steps] : ["jobs", member.jobs];
  if (!Array.isArray(members)) {
    const call = `${member.kind}([first, second])`;
    throw refusedOption(place + name, `\`${place}${name}\` has to be an array.`, `Write \`${call}\`.`);
  }
  const own = member.kind === "batch" ? { [name]: 1, callbacks: 1 } : { [name]: 1 };
  refuseUnknown(member, { ...COMPOSITION_NAMES, ...own }, place);
  for (const [index, inner] of members.entries()) yield* stepsOf(inner, `${place}${name}[${index}].`);
  if (member.kind === "batch") yield* callbacksOf(member, `${place}callbacks.`);
}

function* callbacksOf({ callbacks }: Batch, place: string): Generator<Placed> {
  refuseUnknown(callbacks, CALLBACK_NAMES, place);
  const given: Readonly<Record<string, Step | undefined>> = { ...callbacks };
  for (const [name, step] of Object.entries(given)) {
    if (step !== undefined) yield* stepsOf(step, `${place}${name}.`);
  }
}
