/** The calls a worker makes (ojs-worker-protocol §4–6, ojs-http-binding §10), as the worker sees them. */
import type { RequestOptions } from "../client/call.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { OjsError } from "../core/errors.ts";
import type { JsonText } from "../core/job.ts";
import type { FailureReport } from "./failure-report.ts";
import type { Told } from "./outcome.ts";

/** States that a heartbeat reports and asks for (ojs-worker-protocol §2.1). */
export type WorkerState = "running" | "quiet" | "terminate";

/** What identifies the lease of a job in every call about it. */
export interface LeaseRef {
  readonly jobId: string;
  /** The server's fencing number; servers other than ours may not give one. */
  readonly lease: number | undefined;
  /** Fences a little, where there is no lease number. */
  readonly attempt: number;
}

/** One heartbeat. */
export interface HeartbeatCall {
  readonly state: WorkerState;
  readonly jobs: readonly LeaseRef[];
}

/** What the server made of a heartbeat. */
export interface HeartbeatAnswer {
  /** What the server wants the worker to be; unknown words count as undefined. */
  readonly directive: WorkerState | undefined;
  /** Undefined from servers that do not say: then every listed job that is not lost was extended (§5.4). */
  readonly extended: readonly string[] | undefined;
  readonly lost: readonly string[];
  readonly cancelled: readonly string[];
}

/** An outcome among others. */
export interface OutcomeCall {
  readonly lease: LeaseRef;
  readonly told: Told;
}

/** How far a job has come, as it travels (ojs-progress §5). */
export interface ProgressReport {
  /** From 0 to 1. */
  readonly progress?: number;
  readonly message?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What the server made of an exchange. */
export interface ExchangeAnswer {
  /** Outcome by outcome; undefined = accepted. */
  readonly errors: readonly (OjsError | undefined)[];
  readonly jobs: readonly Job[];
}

/** Which jobs a worker wants now. */
export interface Wanted {
  /** At least 1. */
  readonly count: number;
  readonly queues: readonly string[];
  /** Whether some queue of the worker was left out, so that waiting long for the others would be wrong. */
  readonly isPartial: boolean;
}

/** A worker's view of the server. Every method rejects with an `OjsError`, and repeats nothing by itself. */
export interface WorkerProtocol {
  fetch(wanted: Wanted, request: RequestOptions): Promise<readonly Job[]>;
  ack(lease: LeaseRef, result: JsonText | undefined, request: RequestOptions): Promise<void>;
  nack(lease: LeaseRef, error: FailureReport, requeue: boolean, request: RequestOptions): Promise<void>;
  /** Tells outcomes and asks for jobs at once, unless none are wanted, without waiting for them. */
  exchange(
    outcomes: readonly OutcomeCall[],
    wanted: Wanted | undefined,
    request: RequestOptions,
  ): Promise<ExchangeAnswer>;
  /** The extensions that the server's manifest lists. */
  extensions(request: RequestOptions): Promise<readonly string[]>;
  progress(lease: LeaseRef, report: ProgressReport, request: RequestOptions): Promise<void>;
  /** Keeps what the next attempt is to go on from. */
  checkpoint(lease: LeaseRef, state: JsonText, request: RequestOptions): Promise<void>;
  heartbeat(call: HeartbeatCall, request: RequestOptions): Promise<HeartbeatAnswer>;
}
