/** Calls of a worker (ojs-http-binding §10): their bodies, and what their answers mean. */
import { apiPath, type Call } from "../client/call.ts";
import { readArray, readObject } from "../core/codec/answer-shape.ts";
import { decodeJob, type Job } from "../core/codec/job-decode.ts";
import { strings } from "../core/codec/wire-values.ts";
import type { JsonText } from "../core/job.ts";
import { stringifyJson } from "../core/json.ts";
import type { FailureReport } from "./failure-report.ts";
import type { HeartbeatAnswer, HeartbeatCall, LeaseRef, Wanted, WorkerState } from "./protocol.ts";

/** Made once: these calls are made for every job. */
const PATHS = {
  fetch: apiPath("workers", "fetch"),
  ack: apiPath("workers", "ack"),
  nack: apiPath("workers", "nack"),
  heartbeat: apiPath("workers", "heartbeat"),
} as const;

/** What a fetch asks for. */
export interface FetchFacts {
  readonly workerId: string;
  readonly visibilityMs: number;
  readonly waitMs: number;
}

/** Not repeatable: the first request may have claimed jobs already. `skipped` hears of jobs that cannot be read. */
export function fetchCall(
  { count, queues }: Wanted,
  { workerId, visibilityMs, waitMs }: FetchFacts,
  skipped: (error: unknown) => void,
): Call<readonly Job[]> {
  return {
    operation: "fetch",
    method: "POST",
    path: PATHS.fetch,
    body: stringifyJson({
      queues,
      count,
      worker_id: workerId,
      visibility_timeout_ms: visibilityMs,
      // Ours; servers that do not know it answer at once.
      wait_ms: waitMs,
    }),
    repeatable: false,
    decode: (answer) => decodeJobs(readArray(answer, "jobs"), skipped),
  };
}

/** Repeatable, because the lease fences it. */
export function ackCall(workerId: string, lease: LeaseRef, result: JsonText | undefined): Call<void> {
  return {
    operation: "ack",
    method: "POST",
    path: PATHS.ack,
    body: `${fenceOf(lease)},"worker_id":${JSON.stringify(workerId)}${resultOf(result)}}`,
    repeatable: true,
    jobId: lease.jobId,
    attempt: lease.attempt,
    decode: () => undefined,
  };
}

/** Repeatable for the same reason. */
export function nackCall(workerId: string, lease: LeaseRef, error: FailureReport, requeue: boolean): Call<void> {
  return {
    operation: "nack",
    method: "POST",
    path: PATHS.nack,
    body: `${fenceOf(lease)},${stringifyJson({ worker_id: workerId, error: wireError(error), requeue }).slice(1)}`,
    repeatable: true,
    jobId: lease.jobId,
    attempt: lease.attempt,
    decode: () => undefined,
  };
}

/** `facts` is what the server's list of workers shows, under wire names. */
export function heartbeatCall(
  workerId: string,
  facts: Readonly<Record<string, unknown>>,
  { state, jobs }: HeartbeatCall,
): Call<HeartbeatAnswer> {
  const ids = jobs.map(({ jobId }) => jobId);
  return {
    operation: "heartbeat",
    method: "POST",
    path: PATHS.heartbeat,
    body: stringifyJson({
      worker_id: workerId,
      state,
      // The ids have one name in http-binding §10.4 and another one in worker-protocol §4.2, which insists on it.
      active_jobs: ids,
      active_job_ids: ids,
      leases: jobs.map(({ lease }) => lease ?? null),
      ...facts,
    }),
    repeatable: true,
    decode: decodeHeartbeat,
  };
}

/** The jobs of an answer; `skipped` hears of those that cannot be read. */
export function decodeJobs(wires: readonly unknown[], skipped: (error: unknown) => void): readonly Job[] {
  const jobs: Job[] = [];
  for (const wire of wires) {
    try {
      jobs.push(decodeJob(wire));
    } catch (error) {
      skipped(error);
    }
  }
  return jobs;
}

/** The first members of an object about a claimed job; the object is left open. */
export function fenceOf({ jobId, lease, attempt }: LeaseRef): string {
  const proof = lease === undefined ? `"attempt":${attempt}` : `"lease":${lease}`;
  return `{"job_id":${JSON.stringify(jobId)},${proof}`;
}

/** The result as a further member; it is text already, and writing it twice would cost most of the call. */
export function resultOf(result: JsonText | undefined): string {
  return result === undefined ? "" : `,"result":${result}`;
}

/** A report under the names that it travels with. */
export function wireError({ retryAfterMs, ...error }: FailureReport): Readonly<Record<string, unknown>> {
  return retryAfterMs === undefined ? error : { ...error, retry_after_ms: retryAfterMs };
}

function decodeHeartbeat(answer: unknown): HeartbeatAnswer {
  const { state, directive, jobs_extended: extended, lost, cancelled } = readObject(answer, "the answer");
  return {
    directive: stateOf(state) ?? stateOf(directive),
    extended: strings(extended),
    lost: strings(lost) ?? [],
    cancelled: strings(cancelled) ?? [],
  };
}

function stateOf(word: unknown): WorkerState | undefined {
  return word === "running" || word === "quiet" || word === "terminate" ? word : undefined;
}
