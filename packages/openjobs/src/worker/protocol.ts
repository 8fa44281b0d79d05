/** The four calls a worker makes (ojs-worker-protocol §4–6, ojs-http-binding §10), as the worker sees them. */
import type { Job } from "../core/codec/job-decode.ts";
import type { JsonText } from "../core/job.ts";
import type { FailureReport } from "./failure-report.ts";

/** Lifecycle of a worker (ojs-worker-protocol §2.1); `terminated` is the state after the last job was settled. */
export type WorkerState = "running" | "quiet" | "terminate" | "terminated";

/** What identifies the lease of a job in every call about it. */
export interface LeaseRef {
  readonly jobId: string;
  /** The server's fencing number; servers other than ours may not give one. */
  readonly lease: number | undefined;
}

/** One heartbeat. */
export interface HeartbeatCall {
  readonly state: Exclude<WorkerState, "terminated">;
  readonly jobs: readonly LeaseRef[];
}

/** What the server made of a heartbeat. */
export interface HeartbeatAnswer {
  /** What the server wants the worker to be; unknown words count as undefined. */
  readonly directive: "running" | "quiet" | "terminate" | undefined;
  readonly extended: readonly string[];
  readonly lost: readonly string[];
  readonly cancelled: readonly string[];
}

/** A worker's view of the server. Every method rejects with an `OjsError`. */
export interface WorkerProtocol {
  fetch(count: number, signal: AbortSignal): Promise<readonly Job[]>;
  ack(lease: LeaseRef, result: JsonText | undefined): Promise<void>;
  nack(lease: LeaseRef, error: FailureReport, requeue: boolean): Promise<void>;
  heartbeat(call: HeartbeatCall): Promise<HeartbeatAnswer>;
}
