/** Progress and checkpoints as the engine sees them (ojs-progress; ojs-durable-execution). */
import type { Fence } from "../../core/fence.ts";
import type { JobState } from "../../core/job.ts";
import type { JsonObject } from "../../core/json-object.ts";

/** What a worker says of its job. One of `progress` and `data` is there. */
export interface ProgressReport {
  readonly jobId: string;
  readonly fence: Fence;
  /** From 0 to 1. */
  readonly progress?: number;
  readonly message?: string;
  readonly data?: JsonObject;
  /** State to go on from after a failure, kept as a checkpoint. */
  readonly checkpoint?: JsonObject;
}

/** How far a job is. */
export interface JobProgressView {
  readonly jobId: string;
  readonly state: JobState;
  /** From 0 to 1; null = nothing was said. */
  readonly progress: number | null;
  readonly message: string | null;
  readonly data: JsonObject | null;
  /** Unix milliseconds. */
  readonly updatedAt: number | null;
}

/** The state that a job left to go on from. */
export interface Checkpoint {
  readonly jobId: string;
  /** Any JSON value. */
  readonly state: unknown;
  /** 1 for the first one, and one more each time. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly savedAt: number;
}

/** The part of an engine that keeps progress and checkpoints. */
export interface CompanionEngine {
  /**
   * Notes progress and extends the lease like a heartbeat (ojs-progress §6). A report about a job that does not run, or that
   * somebody else runs, is ignored, and a number below the last one too; the answer is what is kept. `not_found` for no job.
   */
  reportProgress(report: ProgressReport): Promise<JobProgressView>;
  /** How far a job is. A completed job that has reported a number is at 1. */
  getProgress(jobId: string): Promise<JobProgressView>;
  /**
   * Keeps the state to go on from, in one commit with the look at the job. `conflict` when the job has ended, or when the fence
   * names a claim that it is not under.
   */
  saveCheckpoint(jobId: string, state: unknown, fence: Fence): Promise<Checkpoint>;
  /** `not_found` when there is none, or no such job. */
  getCheckpoint(jobId: string): Promise<Checkpoint>;
  /** Answers whether there was one. */
  deleteCheckpoint(jobId: string): Promise<boolean>;
}
