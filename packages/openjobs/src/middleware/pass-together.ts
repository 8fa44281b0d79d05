/** Several jobs through middleware at once, and then all of them by one request (ojs-middleware §3, for batches and workflows). */

import { isDropped, type Passage, passThrough } from "./enqueue-chain.ts";
import type { Middleware, OutgoingJob, SubmittedJob } from "./middleware.ts";
import { MiddlewareError } from "./middleware-error.ts";

/** Sends the jobs that were not dropped; answers with one answer for each of them, or with none for any. */
export type SendTogether = (passages: readonly (OutgoingJob | null)[]) => Promise<readonly SubmittedJob["accepted"][]>;

/**
 * Each job goes through the chain by itself, all at the same time; `next` of each resolves when the request for all of them was
 * answered. When one fails, nothing is sent.
 *
 * @param send Gets null for a job that was dropped.
 * @throws What the first middleware that failed threw, or `send`; MiddlewareError.
 */
export async function passTogether(
  chain: readonly Middleware[],
  jobs: readonly OutgoingJob[],
  send: SendTogether,
): Promise<readonly Passage[]> {
  const request = gather(jobs.length, send);
  const passages = jobs.map((job, index) =>
    passThrough(chain, job, (final) => request.arrive(index, final)).then(
      (passage) => {
        if (isDropped(passage)) request.drop(index);
        return passage;
      },
      (error: unknown) => {
        request.fail(index, error);
        throw error;
      },
    ),
  );
  const settled = await Promise.allSettled(passages);
  request.rethrow();
  return settled.map((one) => {
    if (one.status === "fulfilled") return one.value;
    throw one.reason;
  });
}

interface Gathering {
  arrive(index: number, job: OutgoingJob): Promise<SubmittedJob>;
  drop(index: number): void;
  fail(index: number, error: unknown): void;
  /** Throws what failed first. */
  rethrow(): void;
}

/** Waits until each of so many jobs has arrived, was dropped or has failed. */
function gather(count: number, send: SendTogether): Gathering {
  const jobs = new Array<OutgoingJob | null | undefined>(count).fill(undefined);
  let missing = count;
  let failure: { readonly error: unknown } | undefined;
  let open = (): void => undefined;
  const complete = new Promise<void>((resolve) => {
    open = resolve;
  });
  const answers = complete.then(() => {
    if (failure !== undefined) throw notSent(failure.error);
    const final = jobs.map((job) => job ?? null);
    return final.every((job) => job === null) ? [] : send(final);
  });
  answers.catch(() => undefined); // each job that waits for it gets it
  const settle = (index: number, job: OutgoingJob | null): void => {
    if (jobs[index] !== undefined) return;
    jobs[index] = job;
    missing -= 1;
    if (missing === 0) open();
  };
  return {
    arrive: async (index, job) => {
      settle(index, job);
      const accepted = (await answers)[index];
      return { job, ...(accepted === undefined ? {} : { accepted }) };
    },
    drop: (index) => settle(index, null),
    fail: (index, error) => {
      failure ??= { error };
      settle(index, null);
    },
    rethrow: () => {
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** What the other jobs of the request are told. */
function notSent(cause: unknown): MiddlewareError {
  return new MiddlewareError("The request was not sent, because middleware failed for another job of it.", { cause });
}
