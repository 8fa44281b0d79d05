/** One wait for a result: until the job has ended, the time is over, or the caller has had enough. Loaded with the first one. */
import { onAbort } from "../../core/abort-listeners.ts";
import type { Job } from "../../core/codec/job-decode.ts";
import { type OjsErrorExtra, ojsError } from "../../core/errors.ts";
import { OjsJobFailedError } from "../../core/job-failed-error.ts";
import type { JobOutcome } from "../calls/results.ts";
import { type Requester, readTimeout } from "../requester.ts";
import type { ResultHub } from "./result-hub.ts";
import type { AwaitedJob, ResultOptions } from "./result-options.ts";

export { ResultHub } from "./result-hub.ts";

/**
 * Resolves with the result of the job, as `show` shows it.
 *
 * @throws OjsJobFailedError, or another OjsError.
 */
export async function awaitResult(
  hub: ResultHub,
  { options: { clock } }: Requester,
  job: AwaitedJob<unknown>,
  { timeout, signal }: ResultOptions,
  show: (job: Job) => Promise<Job>,
): Promise<unknown> {
  const timeoutMs = readTimeout("timeout", timeout);
  const about = { operation: "result", jobId: job.id };
  if (signal?.aborted) throw aborted(signal, about);
  if (job.droppedBy !== undefined) throw dropped(job.droppedBy, about);
  const ends: (() => void)[] = [];
  const outcome = new Promise<JobOutcome>((resolve, reject) => {
    const leave = hub.join(job, {
      ended: (end) => (end.job.state === "completed" ? resolve(end) : reject(new OjsJobFailedError(end.job))),
      failed: reject,
    });
    ends.push(leave);
    ends.push(onAbort(signal, () => reject(aborted(signal, about))));
    if (timeoutMs === undefined) return;
    ends.push(clock.schedule(clock.now() + timeoutMs, () => reject(late(timeoutMs, about))));
  });
  try {
    const { job: ended, result } = await outcome;
    return result === null ? null : ((await show(ended)).result ?? null);
  } finally {
    for (const end of ends) end();
  }
}

function dropped(droppedBy: string, about: OjsErrorExtra): Error {
  return ojsError("not_found", `The job was dropped by the middleware "${droppedBy}" and never enqueued.`, {
    ...about,
    hint: "Look at `droppedBy` of what `enqueue` returns before you wait for it.",
  });
}

function aborted(signal: AbortSignal | undefined, about: OjsErrorExtra): Error {
  return ojsError("aborted", "The wait for a result was aborted by the caller.", {
    ...about,
    cause: signal?.reason,
    hint: "The job goes on; to end it, cancel it.",
  });
}

function late(timeoutMs: number, { jobId, ...about }: OjsErrorExtra & { readonly jobId: string }): Error {
  return ojsError("timeout", `Job ${jobId} has not ended within ${timeoutMs} ms.`, {
    ...about,
    jobId,
    hint: "The job goes on; wait for it again, or look at it with getJob.",
  });
}
