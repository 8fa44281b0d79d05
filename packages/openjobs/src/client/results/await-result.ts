/** Waits for the result of a job. Loaded with the first one. */
import { ojsError } from "../../core/errors.ts";
import { OjsJobFailedError } from "../../core/job-failed-error.ts";
import type { Middleware } from "../../middleware/middleware.ts";
import type { JobOutcome } from "../calls/results.ts";
import type { Requester } from "../requester.ts";
import { shownBy } from "../shown-job.ts";
import { awaitEnd, named } from "./await-end.ts";
import { ResultHub } from "./result-hub.ts";
import type { AwaitedJob, ResultOptions } from "./result-options.ts";
import { JOBS } from "./wait-kind.ts";

/** One for each client. */
const HUBS = new WeakMap<Requester, ResultHub<JobOutcome>>();

const GOES_ON = {
  aborted: "The job goes on; to end it, cancel it.",
  late: "The job goes on; wait for it again, or look at it with getJob.",
};

/**
 * Resolves with the result of the job, as middleware shows it.
 *
 * @throws OjsJobFailedError, or another OjsError.
 */
export async function awaitResult(
  requester: Requester,
  chain: readonly Middleware[],
  job: string | AwaitedJob<unknown>,
  options: ResultOptions,
): Promise<unknown> {
  const { id, queue, droppedBy } =
    typeof job === "string" ? { id: job, queue: undefined, droppedBy: undefined } : named(job, "result");
  const about = { operation: "result", jobId: id };
  if (droppedBy !== undefined) {
    throw ojsError("not_found", `The job was dropped by the middleware "${droppedBy}" and never enqueued.`, {
      ...about,
      hint: "Look at `droppedBy` of what `enqueue` returns before you wait for it.",
    });
  }
  const awaited = { id, ...(queue === undefined ? {} : { queue }), name: `Job ${id}`, about, goesOn: GOES_ON };
  const end = await awaitEnd(hubOf(requester), requester, awaited, options);
  if (end.job.state !== "completed") throw new OjsJobFailedError(end.job);
  return end.result === null ? null : ((await shownBy(chain, end.job)).result ?? null);
}

function hubOf(requester: Requester): ResultHub<JobOutcome> {
  const hub = HUBS.get(requester) ?? new ResultHub(requester, JOBS);
  HUBS.set(requester, hub);
  return hub;
}
