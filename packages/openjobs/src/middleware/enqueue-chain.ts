/** Jobs on their way through middleware to the server (ojs-middleware §3). */
import type { EnqueueNext, Middleware, OutgoingJob, SubmittedJob } from "./middleware.ts";
import { MiddlewareError } from "./middleware-error.ts";

/** A job that middleware dropped. */
export interface DroppedJob {
  readonly job: OutgoingJob;
  /** Name of the middleware. */
  readonly droppedBy: string;
}

/** What became of a job. */
export type Passage = SubmittedJob | DroppedJob;

/** Whether middleware dropped the job. */
export function isDropped(passage: Passage): passage is DroppedJob {
  return "droppedBy" in passage;
}

/**
 * Sends a job through the chain; `send` is at its end.
 *
 * @throws What a middleware or `send` throws; MiddlewareError.
 */
export async function passThrough(
  chain: readonly Middleware[],
  job: OutgoingJob,
  send: (job: OutgoingJob) => Promise<SubmittedJob>,
): Promise<Passage> {
  let dropped: DroppedJob | undefined;
  const step = async (index: number, given: OutgoingJob): Promise<SubmittedJob | null> => {
    const middleware = chain[index];
    if (middleware === undefined) return send(given);
    const { name } = middleware;
    if (middleware.enqueue === undefined) return step(index + 1, given);
    let answer: SubmittedJob | null | undefined;
    const next: EnqueueNext = async (handed) => {
      if (answer !== undefined) throw new MiddlewareError(`The middleware "${name}" called next() twice for one job.`);
      answer = null;
      checkHanded(handed, job, name);
      answer = await step(index + 1, handed);
      return answer;
    };
    const returned = await middleware.enqueue(given, next);
    // What the server has cannot be dropped any more.
    if (answer !== undefined) return answer === null ? null : (returned ?? answer);
    if (returned === undefined)
      throw new MiddlewareError(`The middleware "${name}" neither called next() nor returned null.`);
    if (returned === null) dropped = { job: given, droppedBy: name };
    return returned;
  };
  const submitted = await step(0, job);
  return submitted ?? dropped ?? { job, droppedBy: "unknown" };
}

function checkHanded(handed: OutgoingJob, { id }: OutgoingJob, name: string): void {
  if (typeof handed !== "object" || handed === null) {
    throw new MiddlewareError(`The middleware "${name}" called next() without the job.`);
  }
  if (handed.id !== id) throw new MiddlewareError(`The middleware "${name}" changed the id of a job.`);
  if (!Array.isArray(handed.args))
    throw new MiddlewareError(`The middleware "${name}" made arguments that are no array.`);
}
