/** Pause and resume runs of agents, fork and merge what they have worked out, try tools again. */
import { hash } from "node:crypto";
import {
  type AgentBranch,
  type AgentRun,
  branchOf,
  mergeContents,
  paused,
  resumed,
  TRUNK,
  toolRetryPolicyIn,
  withBranch,
} from "../../core/agent-run.ts";
import { canonicalJson } from "../../core/canonical-json.ts";
import { ojsError } from "../../core/errors.ts";
import type { JobRecord } from "../../core/job.ts";
import { isTerminal } from "../../core/states.ts";
import { findCheckpoint } from "../companions/checkpoints.ts";
import type { EngineContext } from "../context.ts";
import { getJob } from "../jobs.ts";
import type { AgentEngine, AgentMerge, ForkRequest, MergeRequest, ToolRetry } from "./agent-engine.ts";
import { changeRun, readRun } from "./agent-record.ts";

/** The operations of {@link AgentEngine}. */
export function agentOperations(context: EngineContext): AgentEngine {
  return {
    getAgent: async (jobId) => readRun(context, await getJob(context, jobId)),
    pauseAgent: (jobId, reason) => changeOpen(context, jobId, (run, now) => paused(run, reason, now)),
    resumeAgent: (jobId, decision) => changeOpen(context, jobId, (run, at) => resumed(run, { ...decision, at })),
    forkAgent: (jobId, request) => fork(context, jobId, request),
    mergeAgent: (jobId, request) => merge(context, jobId, request),
    retryAgentTool: (jobId) => retryTool(context, jobId),
  };
}

function changeOpen(
  context: EngineContext,
  jobId: string,
  change: (run: AgentRun, now: number) => AgentRun,
): Promise<AgentRun> {
  return changeRun(context, jobId, ({ job, run, now }) => {
    requireOpen(job);
    const changed = change(run, now);
    return { run: changed, answer: changed };
  });
}

async function fork(context: EngineContext, jobId: string, { name, atTurn }: ForkRequest): Promise<AgentBranch> {
  const content = await trunkOf(context, jobId);
  const id = context.newId();
  return changeRun(context, jobId, ({ run, now }) => {
    const branch = branchWith({ id, name: name ?? id, atTurn, content, mergedFrom: null, createdAt: now });
    return { run: withBranch(run, branch), answer: branch };
  });
}

async function merge(context: EngineContext, jobId: string, { a, b, prefer }: MergeRequest): Promise<AgentMerge> {
  const trunk = await trunkOf(context, jobId);
  const id = context.newId();
  return changeRun(context, jobId, ({ run, now }) => {
    const contentOf = (key: string): unknown => (key === TRUNK ? trunk : (branchOf(run, key)?.content ?? null));
    const { content, conflicts } = mergeContents(contentOf(a), contentOf(b), prefer);
    const facts = { atTurn: null, content, mergedFrom: [a, b], createdAt: now } as const;
    const branch = branchWith({ id, name: id, ...facts });
    const unknown = [a, b].filter((key) => key !== TRUNK && branchOf(run, key) === undefined);
    return { run: withBranch(run, branch), answer: { branch, conflicts, unknown } };
  });
}

function retryTool(context: EngineContext, jobId: string): Promise<ToolRetry> {
  return changeRun(context, jobId, ({ job, run }) => {
    requireOpen(job);
    const policy = toolRetryPolicyIn(JSON.parse(job.attributes));
    if (policy === undefined) throw noProvider(jobId);
    const { provider, maxRetries } = policy;
    const retried = maxRetries === null || run.toolRetries < maxRetries;
    const retries = run.toolRetries + (retried ? 1 : 0);
    return { run: { ...run, toolRetries: retries }, answer: { retried, provider, retries } };
  });
}

async function trunkOf(context: EngineContext, jobId: string): Promise<unknown> {
  const { found } = await findCheckpoint(context, await getJob(context, jobId));
  return found?.companion.value.state ?? null;
}

function branchWith(facts: Omit<AgentBranch, "contentId">): AgentBranch {
  return { ...facts, contentId: `sha256:${hash("sha256", canonicalJson(facts.content), "hex")}` };
}

function requireOpen({ id, state }: JobRecord): void {
  if (!isTerminal(state)) return;
  throw ojsError("conflict", `Job ${id} is ${state}: its agent runs no more.`, {
    details: { job_id: id, current_state: state },
  });
}

function noProvider(jobId: string): Error {
  return ojsError("validation_error", "The job names no other provider of its tools.", {
    details: { field: "ext_agent_v2.tool_retry.alternate_provider", job_id: jobId },
    hint: "Enqueue it with ext_agent_v2.tool_retry.alternate_provider.",
  });
}
