/** Checks arguments against the schemas of their definitions before anything is sent, wherever in a request they are. */
import type { JobInput } from "../core/codec/enqueue-options.ts";
import { refusedOption, refuseUnknown } from "../core/codec/enqueue-options-encode.ts";
import { type JobDescription, jobOf } from "../core/definition/define-job.ts";
import type { JobArgs } from "../core/job-args.ts";

type Checkable = Pick<JobInput, "args" | "definition">;

/** Members of a job as a plain value. */
export const JOB_NAMES = { type: 1, args: 1, options: 1, definition: 1 };
/** What is to be checked, and where in its request it is. */
export type Placed = readonly [place: string, job: Checkable];

/**
 * A job of a defined type, with the defaults under its options.
 *
 * @throws OjsValidationError `invalid_payload` when its arguments do not fit; `invalid_request` when there is no definition.
 */
export async function definedJob(
  definition: JobDescription & { readonly with?: unknown },
  args: JobArgs | undefined,
  options: JobInput["options"],
): Promise<JobInput<JobArgs>> {
  if (!definition?.with) throw refusedOption("type", "A job needs a type, such as 'email.send', or a definition.");
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

/** The same for the jobs of a batch, in their order; throws for the first that does not fit, or has members that no job has. */
export async function checkBatch(jobs: readonly Checkable[]): Promise<void> {
  const placed = jobs.map((job, index): Placed => [`jobs[${index}].`, job]);
  for (const [place, job] of placed) refuseUnknown(job, JOB_NAMES, place);
  await checkEach(placed);
}

/** The same for jobs that are somewhere in a request. */
export async function checkEach(jobs: Iterable<Placed>): Promise<void> {
  for (const [place, job] of jobs) {
    if (job.definition !== undefined) await check(job, place);
  }
}
