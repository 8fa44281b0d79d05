/**
 * Workflows on their way out: what ojs-workflows §11, http-binding §14, the official cases and four SDKs look for, in one
 * answer (sdk-wire-contract §6.3). Results are spliced in as the texts that they are.
 */
import type { JsonText } from "../job.ts";
import { formatTimestamp } from "../time.ts";
import { type Branch, type Leaf, type SeenStep, type Tree, type TreeNode, treeOf } from "../workflow/outlook.ts";
import { resultText } from "../workflow/parent-results.ts";
import type { StepError, StepFailure, WorkflowRecord } from "../workflow/workflow.ts";

type Members = Readonly<Record<string, unknown>>;

/** The answer about one workflow: wrapped for most, flat for the Rust and JS SDKs. */
export function encodeWorkflowAnswer(workflow: WorkflowRecord, steps: readonly SeenStep[]): JsonText {
  const flat = encodeWorkflowDetail(workflow, steps).slice(1, -1);
  return `{"workflow":{${flat}},${flat}}`;
}

/** A workflow without its steps, for lists. */
export function encodeWorkflowSummary(workflow: WorkflowRecord): JsonText {
  return JSON.stringify(summaryOf(workflow));
}

function encodeWorkflowDetail(workflow: WorkflowRecord, seen: readonly SeenStep[]): JsonText {
  const tree = treeOf(workflow, seen);
  const summary = JSON.stringify({ ...summaryOf(workflow), ...failuresOf(workflow, seen) });
  return `${summary.slice(0, -1)},${encodeTree(tree)}}`;
}

/** Callbacks of a graph are steps to those who sent them as steps. */
function encodeTree({ children, callbacks }: Tree): string {
  const asSteps = callbacks.filter(({ seen }) => seen.step.dependsOn !== null);
  const steps = [...children.map(encodeNode), ...asSteps.map((leaf) => encodeLeaf(leaf, children.length + leaf.index))];
  const list = `"steps":[${steps.join(",")}]`;
  if (callbacks.length === 0) return list;
  const members = callbacks.map((leaf) => `"${leaf.seen.step.callback}":${encodeLeaf(leaf, leaf.index)}`);
  return `${list},"callbacks":{${members.join(",")}}`;
}

function encodeNode(node: TreeNode): JsonText {
  return node.kind === "job" ? encodeLeaf(node, node.index) : encodeBranch(node);
}

function encodeBranch({ node, index, state, children, callbacks }: Branch): JsonText {
  const { id, type, name, dependsOn } = node;
  const head = JSON.stringify({ id, index, type, ...named(name), state, depends_on: dependsOn });
  return `${head.slice(0, -1)},${encodeTree({ children, callbacks })}}`;
}

/** `job_id` is null until there is a job, as both pages of the specification show it. */
function encodeLeaf({ seen, state }: Leaf, index: number): JsonText {
  const { step, job } = seen;
  const { id, type, name, jobId, dependsOn, callback } = step;
  const endedAt = step.endedAt ?? job?.endedAt ?? null;
  const head = JSON.stringify({
    id,
    index,
    type,
    ...named(name),
    state,
    job_id: step.state === "waiting" || (job === undefined && step.startedAt === null) ? null : jobId,
    job_state: job?.state,
    depends_on: dependsOn ?? undefined,
    callback: callback ?? undefined,
    started_at: time(step.startedAt ?? job?.startedAt ?? null),
    completed_at: state === "completed" || state === "failed" ? time(endedAt) : undefined,
    cancelled_at: state === "cancelled" ? time(endedAt) : undefined,
    error: step.error === null ? undefined : JSON.parse(step.error),
  });
  return state === "completed" ? `${head.slice(0, -1)}${resultMember(seen)}}` : head;
}

function resultMember({ step, result, leftOut }: SeenStep): string {
  const text = resultText({ jobId: step.jobId, result, leftOut });
  return text === "null" ? "" : `,"result":${text}`;
}

function summaryOf(workflow: WorkflowRecord): Members {
  const { id, type, name, state, createdAt, startedAt, endedAt, total, completed, failed, meta } = workflow;
  const unit = type === "chain" || type === "graph" ? "steps" : "jobs";
  const cancelled = total - completed - failed;
  const ended = time(endedAt);
  const times = { created_at: time(createdAt), started_at: time(startedAt) };
  return {
    id,
    // http-binding's graphs have no type, and Rust refuses a fourth one.
    type: type === "graph" ? undefined : type,
    ...named(name),
    state,
    ...times,
    completed_at: state === "cancelled" ? undefined : ended,
    [`${unit}_total`]: total,
    [`${unit}_completed`]: completed,
    ...(state === "cancelled" ? cancellation(ended, cancelled, completed) : {}),
    ...(meta === "{}" ? {} : { meta: JSON.parse(meta) }),
    metadata: {
      ...times,
      completed_at: ended,
      cancelled_at: state === "cancelled" ? ended : undefined,
      job_count: total,
      completed_count: completed,
      failed_count: failed,
    },
  };
}

/** Rust calls the last one `steps_already_complete`, and refuses an answer that has both names. */
function cancellation(at: string | undefined, cancelled: number, completed: number): Members {
  return { cancelled_at: at, steps_cancelled: cancelled, steps_already_completed: completed };
}

/** What ojs-workflows §9.5 and §9.6 ask for; nothing as long as nothing has failed. */
function failuresOf({ type, failure }: WorkflowRecord, seen: readonly SeenStep[]): Members {
  const failed = seen.filter(({ step }) => step.error !== null);
  if (failed.length === 0) return {};
  const errors = failed.map(({ step: { id, callback, error } }) => {
    const entry: StepError = JSON.parse(error ?? "{}");
    return { ...entry, step_id: id, ...(callback === null ? {} : { callback }) };
  });
  const first: StepFailure | null = failure === null ? null : JSON.parse(failure);
  return {
    ...(type === "chain" && first !== null ? { failed_step_index: first.place[0] } : {}),
    failed_job_ids: errors.map(({ job_id }) => job_id),
    errors,
  };
}

function named(name: string | null): Members {
  return name === null ? {} : { name };
}

function time(at: number | null): string | undefined {
  return at === null ? undefined : formatTimestamp(at);
}
