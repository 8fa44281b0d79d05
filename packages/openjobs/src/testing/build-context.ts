/** What a handler is given, out of nothing: to call a handler as the function that it is (ojs-testing §7). */
import type { Logger } from "../client/logger.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { argOf } from "../middleware/argument.ts";
import type { JobContext } from "../middleware/job-context.ts";
import { buildJob } from "./build-job.ts";

/** What a test can say about a context: members of the job, and what the handler does things with. */
export type ContextParts<Args extends readonly unknown[]> = Partial<Job<Args>> &
  Partial<
    Pick<JobContext, "signal" | "log" | "progress" | "heartbeat" | "step" | "checkpoint" | "resumeFrom" | "workerId">
  >;

/**
 * A context of a running job. Heartbeats, progress and checkpoints go nowhere, `step` calls its function, and nothing is logged, unless you give your own.
 *
 * @example
 * const result = await sendEmail(buildContext({ args: [{ to: "ada@example.com" }], attempt: 2 }));
 */
export function buildContext<Args extends readonly unknown[] = readonly unknown[]>(
  parts: ContextParts<Args> = {},
): JobContext<Args> {
  const { signal, log, progress, heartbeat, step, checkpoint, resumeFrom, workerId, ...ofJob } = parts;
  const job = buildJob({ state: "active", attempt: 1, ...ofJob } as Partial<Job<Args>>);
  const { id, type, queue, args, meta, attempt, maxAttempts, workflowId, parentResults = [] } = job;
  return {
    ...{ id, type, queue, args, meta, attempt, maxAttempts, workflowId, parentResults, job, resumeFrom },
    workerId: workerId ?? "test-worker",
    signal: signal ?? new AbortController().signal,
    metadata: {},
    log: log ?? SILENT,
    arg: (name) => argOf(args, name),
    heartbeat: heartbeat ?? (async () => undefined),
    progress: progress ?? (() => undefined),
    step: step ?? (async (_, work) => work()),
    checkpoint: checkpoint ?? (async () => undefined),
  };
}

const nothing = (): void => undefined;
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
