/** The context of a job within a thread: what it does happens in the worker's own thread, which holds the lease. */
import type { Logger } from "../../client/logger.ts";
import { argOf } from "../../middleware/argument.ts";
import type { JobContext } from "../../middleware/job-context.ts";
import type { FromThread, RemoteMethod, SentContext, SentOutcome } from "./messages.ts";
import { receiveError, sendError } from "./sent-error.ts";

/** A context, and what comes back for it. */
export interface ThreadContext {
  readonly context: JobContext;
  answer(call: number, outcome: SentOutcome): void;
  /** The worker asks for the work of a step. */
  work(call: number): Promise<void>;
}

interface Call {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly work: (() => unknown) | undefined;
}

/** Makes a context out of what was sent of it. */
export function createThreadContext(
  { job, workerId, resumeFrom }: SentContext,
  signal: AbortSignal,
  post: (message: FromThread) => void,
): ThreadContext {
  const calls = new Map<number, Call>();
  let count = 0;
  const remote = (method: RemoteMethod, argument?: unknown, work?: () => unknown): Promise<unknown> => {
    signal.throwIfAborted();
    count += 1;
    const call = count;
    return new Promise((resolve, reject) => {
      calls.set(call, { resolve, reject, work });
      post({ kind: "call", call, method, argument });
    });
  };
  const write =
    (level: "debug" | "info" | "warn" | "error"): Logger["info"] =>
    (message, facts) =>
      post({ kind: "log", level, message, facts });
  const { id, type, queue, args, meta, attempt, maxAttempts, workflowId, parentResults = [] } = job;
  const context: JobContext = {
    ...{
      id,
      type,
      queue,
      args,
      meta,
      attempt,
      maxAttempts,
      workflowId,
      parentResults,
      job,
      workerId,
      resumeFrom,
      signal,
    },
    metadata: {},
    log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") },
    arg: (name) => argOf(args, name),
    heartbeat: async () => void (await remote("heartbeat")),
    checkpoint: async (state) => void (await remote("checkpoint", state)),
    progress: (done, data) => post({ kind: "progress", done, data }),
    // What comes back is what `work` gave, as JSON carries it.
    step: async <T>(name: string, work: () => T | Promise<T>) => (await remote("step", name, work)) as T,
  };
  return {
    context,
    answer: (call, outcome) => {
      const waiting = calls.get(call);
      calls.delete(call);
      if ("error" in outcome) waiting?.reject(receiveError(outcome.error));
      else waiting?.resolve(outcome.value);
    },
    work: async (call) => post({ kind: "worked", call, outcome: await outcomeOf(() => calls.get(call)?.work?.()) }),
  };
}

/** What became of a piece of work, so that it can be sent. */
export async function outcomeOf(work: () => unknown): Promise<SentOutcome> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: sendError(error) };
  }
}
