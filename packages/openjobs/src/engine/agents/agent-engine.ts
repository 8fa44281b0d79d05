/** Runs of agents as the engine sees them. */
import type { AgentBranch, AgentDecision, AgentRun } from "../../core/agent-run.ts";

/** What to fork. */
export interface ForkRequest {
  /** Absent = the new branch's id. */
  readonly name?: string;
  readonly atTurn: number | null;
}

/** What to merge; each is the id or name of a branch, or `main`. */
export interface MergeRequest {
  readonly a: string;
  readonly b: string;
  /** Whose members count where both have some. */
  readonly prefer: "a" | "b";
}

/** What a merge came to. */
export interface AgentMerge {
  readonly branch: AgentBranch;
  readonly conflicts: readonly string[];
  /** Those of the two that nobody has forked; they counted as empty. */
  readonly unknown: readonly string[];
}

/** Whether a tool may be tried with another provider. */
export interface ToolRetry {
  readonly retried: boolean;
  readonly provider: string;
  /** How often it was granted, this time included. */
  readonly retries: number;
}

/**
 * The part of an engine that keeps runs of agents beside their jobs. It steers nobody: an agent looks before each turn whether
 * it is to pause. All reject with `not_found` for no job, and all but `getAgent` and the branches with `conflict` once it has ended.
 */
export interface AgentEngine {
  getAgent(jobId: string): Promise<AgentRun>;
  pauseAgent(jobId: string, reason: string | null): Promise<AgentRun>;
  resumeAgent(jobId: string, decision: Omit<AgentDecision, "at">): Promise<AgentRun>;
  /** Keeps the job's checkpoint, as it is now, as a branch. `duplicate` for a name that is taken. */
  forkAgent(jobId: string, request: ForkRequest): Promise<AgentBranch>;
  /** Keeps what two branches make together as a third one. */
  mergeAgent(jobId: string, request: MergeRequest): Promise<AgentMerge>;
  /** Grants another try by the provider that the job names; `validation_error` when it names none. */
  retryAgentTool(jobId: string): Promise<ToolRetry>;
}
