/** Checks arguments against the schemas of their definitions before anything is sent, wherever in a request they are. */
import type { JobInput } from "../core/codec/enqueue-options.ts";
import type { Step, WorkflowDefinition, WorkflowMember } from "../core/codec/workflow-definition.ts";
import { type JobDescription, jobOf } from "../core/definition/define-job.ts";
import type { JobArgs } from "../core/job-args.ts";

type Checkable = Pick<JobInput, "args" | "definition">;
type Placed = readonly [place: string, job: Checkable];

/**
 * A job of a defined type, with the defaults under its options.
 *
 * @throws OjsValidationError `invalid_payload` when its arguments do not fit.
 */
export async function definedJob(
  definition: JobDescription,
  args: JobArgs | undefined,
  options: JobInput["options"],
): Promise<JobInput<JobArgs>> {
  const job = jobOf(definition, args, options);
  await check(job);
  return job;
}

/** Undefined when the job has been checked or needs no check; else a promise of that. Throws as {@link definedJob}. */
export function check({ args, definition }: Checkable, place = ""): Promise<undefined> | undefined {
  const schema = definition?.argsSchema;
  return schema === undefined ? undefined : loaded().then(({ checkArgs }) => checkArgs(schema, args, place));
}

let loading: Promise<typeof import("../core/definition/args-schema.ts")> | undefined;

/** Only who has schemas needs what reads them; kept, because looking a module up costs more than a check. */
function loaded(): NonNullable<typeof loading> {
  loading ??= import("../core/definition/args-schema.ts");
  return loading;
}

/** The same for the jobs of a batch, in their order; throws for the first that does not fit. */
export async function checkBatch(jobs: readonly Checkable[]): Promise<void> {
  await checkEach(jobs.map((job, index) => [`jobs[${index}].`, job]));
}

/** The same for all steps of a workflow. */
export async function checkWorkflow(workflow: WorkflowDefinition): Promise<void> {
  if (workflow.kind !== "graph") return checkEach(stepsOf(workflow, ""));
  await checkEach(Object.entries(workflow.steps).map(([id, step]) => [`steps.${id}.`, step]));
}

async function checkEach(jobs: Iterable<Placed>): Promise<void> {
  for (const [place, job] of jobs) {
    if (job.definition !== undefined) await check(job, place);
  }
}

function* stepsOf(member: WorkflowMember, place: string): Generator<Placed> {
  if (!("kind" in member)) {
    yield [place, member];
    return;
  }
  const [name, members] = member.kind === "chain" ? ["steps", member.steps] : ["jobs", member.jobs];
  for (const [index, inner] of members.entries()) yield* stepsOf(inner, `${place}${name}[${index}].`);
  if (member.kind !== "batch") return;
  const callbacks: Readonly<Record<string, Step | undefined>> = { ...member.callbacks };
  for (const [callback, step] of Object.entries(callbacks)) {
    if (step !== undefined) yield [`${place}callbacks.${callback}.`, step];
  }
}
