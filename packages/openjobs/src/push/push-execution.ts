/** Runs a pushed job as a worker would, and puts the outcome into the words of an answer (ojs-serverless §2.3). */
import type { Logger } from "../client/logger.ts";
import { onAbort } from "../core/abort-listeners.ts";
import { exceedsBytes } from "../core/byte-length.ts";
import type { Clock } from "../core/clock.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { stringifyJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import type { JobHandler } from "../middleware/job-context.ts";
import type { ReportFailure } from "../worker/error-reporter.ts";
import { execute } from "../worker/executor.ts";
import { createHoldings, type Holding } from "../worker/holdings.ts";
import { createJobContext } from "../worker/job-context.ts";
import type { ToolDeps } from "../worker/job-tools.ts";
import { type Outcome, resultRejected, type Told } from "../worker/outcome.ts";
import { wireError } from "../worker/worker-calls.ts";
import type { PushAnswer } from "./delivery-memory.ts";
import type { WayToServer } from "./way-to-server.ts";

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
  readonly way: WayToServer;
}

/** What is kept of the server's patience, so that an answer arrives while somebody listens. */
const LONGEST_MARGIN_MS = 1_000;
/** How long a handler may take to stop when the server does not say how long it waits. */
const ABANDON_AFTER_MS = 1_000;
/** What a server waits for whose call does not say how long (ojs-serverless §2.1). */
const UNSAID_PATIENCE_MS = 30_000;

/** Resolves with the answer; never rejects. */
export function runPushed(pushed: PushedJob, deps: ExecutionDeps): Promise<PushAnswer> {
  const { job, patienceMs, signal } = pushed;
  const { clock } = deps;
  const until = clock.now() + (patienceMs ?? UNSAID_PATIENCE_MS);
  const marginMs = Math.min(LONGEST_MARGIN_MS, (patienceMs ?? 0) / 5);
  const holding = createHoldings().add(job, patienceMs ?? 0, until - marginMs);
  const tools = toolsOf(pushed.workerId, () => until - marginMs / 4 - clock.now(), deps);
  const cancelTimeout =
    patienceMs === undefined ? undefined : clock.schedule(until - marginMs, () => holding.abort("timeout"));
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
      resolve(answerOf(outcome, signal.aborted));
    });
  });
}

function answerOf(outcome: Outcome, isCallOver: boolean): PushAnswer {
  if (outcome.kind === "silence") return { status: isCallOver ? 503 : 200, body: bodyOf(TAKEN) };
  const body = bodyOf(outcome);
  if (!exceedsBytes(body, LIMITS.jobBytes)) return { status: 200, body };
  return { status: 200, body: bodyOf(resultRejected(`an answer may have ${LIMITS.jobBytes} bytes`)) };
}

/**
 * For a job that is not this call's any more: it was cancelled, handed out anew, or the server has ended the call. The server counts it neither
 * way; what must not be said is that the function is out of order.
 */
const TAKEN: Told = {
  kind: "nack",
  error: { type: "lease_lost", code: "lease_lost", message: "the job was taken from this call", retryable: true },
  requeue: false,
};

function bodyOf(told: Told): string {
  if (told.kind === "nack") return stringifyJson({ status: "failed", error: wireError(told.error) });
  return told.result === undefined ? '{"status":"completed"}' : `{"status":"completed","result":${told.result}}`;
}

function toolsOf(workerId: string, timeLeftMs: () => number, { clock, logger, way }: ExecutionDeps): ToolDeps {
  const protocol = way(workerId, timeLeftMs);
  return {
    workerId,
    clock,
    logger,
    protocol,
    random: Math.random,
    halted: new AbortController().signal,
    beatFor: protocol.beat,
  };
}
