/** Jobs that are named by their id and their definition: of another type, nothing is done. */
import type { Job } from "../core/codec/job-decode.ts";
import { ojsError } from "../core/errors.ts";
import type { RequestOptions } from "./call.ts";
import { getJobCall } from "./calls/jobs.ts";
import { cancelOnce } from "./once.ts";
import type { Requester } from "./requester.ts";

/** What was given to name a job: its definition and its id, unless the program was not compiled. */
export type NamedJob = readonly [definition: unknown, id: unknown];

/**
 * Looks at a job.
 *
 * @throws OjsValidationError when it is of another type; OjsNotFoundError.
 */
export async function getDefinedJob(
  requester: Requester,
  operation: string,
  named: NamedJob,
  request?: RequestOptions,
): Promise<Job> {
  const { type, id } = readName(operation, named);
  const job = await requester.run({ ...getJobCall(id), operation }, request);
  if (job.type === type) return job;
  throw ojsError("invalid_request", `Job ${id} is of the type ${job.type} and not ${type}.`, {
    operation,
    jobId: id,
    details: { field: "definition", expected: type, actual: job.type },
    hint: "Give the definition of the job's type, or the id alone for a job of any type.",
  });
}

/** The type of a job never changes: whatever comes between the look and the cancellation, it is of that type. */
export async function cancelDefinedJob(requester: Requester, named: NamedJob, request?: RequestOptions): Promise<Job> {
  const { id } = await getDefinedJob(requester, "cancelJob", named, request);
  return cancelOnce(requester, id, request);
}

function readName(operation: string, [definition, id]: NamedJob): { readonly type: string; readonly id: string } {
  const isDefinition = typeof definition === "object" && definition !== null && "type" in definition;
  if (isDefinition && typeof definition.type === "string" && typeof id === "string")
    return { type: definition.type, id };
  throw ojsError("invalid_request", `${operation} takes the id of a job, or a definition and the id.`, {
    operation,
    details: { field: typeof id === "string" ? "definition" : "id" },
  });
}
