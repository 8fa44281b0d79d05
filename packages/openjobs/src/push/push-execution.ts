/** Runs a pushed job as a worker would, and puts the outcome into the words of an answer (ojs-serverless §2.3). */
import type { Logger } from "../client/logger.ts";
import { onAbort } from "../core/abort-listeners.ts";
import { exceedsBytes } from "../core/byte-length.ts";
import type { Clock } from "../core/clock.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { ojsError } from "../core/errors.ts";
import { stringifyJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import type { JobHandler } from "../middleware/job-context.ts";
import type { ReportFailure } from "../worker/error-reporter.ts";
import { execute } from "../worker/executor.ts";
import { createHoldings, type Holding } from "../worker/holdings.ts";
import { createJobContext } from "../worker/job-context.ts";
import type { ToolDeps } from "../worker/job-tools.ts";
import { type Outcome, resultRejected, type Told } from "../worker/outcome.ts";
import type { WorkerProtocol } from "../worker/protocol.ts";
import { wireError } from "../worker/worker-calls.ts";
import type { PushAnswer } from "./delivery-memory.ts";

/** One call, read. */
export interface PushedJob {
  readonly job: Job;
  readonly workerId: string;
  /** How long the server waits for the answer, in milliseconds; undefined when it does not say. */
  readonly patienceMs: number | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What executions work with. */
export interface ExecutionDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly handlerOf: (type: string) => JobHandler | undefined;
  readonly reportFailure: ReportFailure;
}

/** What is kept of the server's patience, so that an answer arrives while somebody listens. */
const LONGEST_MARGIN_MS = 1_000;
/** How long a handler may take to stop when the server does not say how long it waits. */
const ABANDON_AFTER_MS = 1_000;

/** Resolves with the answer; never rejects. */
export function runPushed(pushed: PushedJob, deps: ExecutionDeps): Promise<PushAnswer> {
  const { job, patienceMs, signal } = pushed;
  const { clock } = deps;
  const holding = createHoldings().add(job, patienceMs ?? 0, Number.POSITIVE_INFINITY);
  const marginMs = Math.min(LONGEST_MARGIN_MS, (patienceMs ?? 0) / 5);
  const tools = toolsOf(pushed.workerId, deps);
  const cancelTimeout =
    patienceMs === undefined
      ? undefined
      : clock.schedule(clock.now() + patienceMs - marginMs, () => holding.abort("timeout"));
  const stopListening = onAbort(signal, () => holding.lose("lease_lost"));
  if (signal.aborted) holding.lose("lease_lost");
  return new Promise((resolve) => {
    const executor = {
      ...deps,
      contextOf: (held: Holding) => createJobContext(held, tools),
      abandonAfterMs: patienceMs === undefined ? ABANDON_AFTER_MS : marginMs / 2,
    };
    execute(holding, executor, (outcome) => {
      cancelTimeout?.();
      stopListening();
      resolve(answerOf(outcome));
    });
  });
}

function answerOf(outcome: Outcome): PushAnswer {
  // Nobody reads this: the server has ended the call.
  if (outcome.kind === "silence")
    return { status: 503, body: bodyOf({ kind: "nack", error: GIVEN_UP, requeue: false }) };
  const body = bodyOf(outcome);
  if (!exceedsBytes(body, LIMITS.jobBytes)) return { status: 200, body };
  return { status: 200, body: bodyOf(resultRejected(`an answer may have ${LIMITS.jobBytes} bytes`)) };
}

const GIVEN_UP = { type: "call_ended", code: "call_ended", message: "the server ended the call", retryable: true };

function bodyOf(told: Told): string {
  if (told.kind === "nack") return stringifyJson({ status: "failed", error: wireError(told.error) });
  return told.result === undefined ? '{"status":"completed"}' : `{"status":"completed","result":${told.result}}`;
}

/** Nothing can be reported but the outcome: the function does not know the way to the server. */
function toolsOf(workerId: string, { clock, logger }: ExecutionDeps): ToolDeps {
  return {
    workerId,
    clock,
    logger,
    protocol: NO_WAY,
    random: Math.random,
    halted: new AbortController().signal,
    beatFor: async () => undefined,
  };
}

const NO_WAY: Pick<WorkerProtocol, "checkpoint" | "progress"> = {
  progress: async () => undefined,
  checkpoint: async () => {
    throw ojsError("unsupported", "Steps and checkpoints cannot be kept in a push handler.", {
      status: 422,
      hint: "Run jobs that need them with an OjsWorker, which talks to the server while they run.",
      operation: "checkpoint",
    });
  },
};
