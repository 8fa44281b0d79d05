/** The tables behind the rule of arrivals, and the effects on workflows. */
import type { JobRecord } from "../../core/job.ts";
import { firstRevision } from "../../core/job-revision.ts";
import { isTerminal } from "../../core/states.ts";
import type { Arrival } from "../../core/workflow/arrival.ts";
import type { StepRecord } from "../../core/workflow/workflow.ts";
import type { MemberStep, ProgressTables, StepsOf, WorkflowChange } from "../workflow-progress.ts";
import type { CancelWorkflow, InsertWorkflow, ResumeWorkflow, WorkflowFact } from "../workflows.ts";
import type { Transaction } from "./transaction.ts";

/** Tables of a transaction. */
export function progressTables(transaction: Transaction): ProgressTables {
  const { tables, journal, now } = transaction;
  const { workflows } = tables;
  return {
    endSteps: (arrivals) => arrivals.flatMap((arrival) => endStep(arrival, transaction)),
    lower: (arrivals) =>
      arrivals.flatMap(({ workflowId, join, count, failed }) => {
        const before = workflows.joins(workflowId)[join];
        if (before === undefined) return [];
        const after = { ...before, remaining: before.remaining - count, failed: before.failed + failed };
        workflows.putJoin(workflowId, after, journal);
        return after.remaining === 0 ? [{ ...after, workflowId }] : [];
      }),
    skip(steps) {
      for (const { workflowId, step } of waiting(steps, transaction)) {
        workflows.putStep(workflowId, { ...step, state: "cancelled", endedAt: now }, journal);
      }
    },
    release(steps) {
      const released = waiting(steps, transaction);
      for (const { workflowId, step } of released) {
        workflows.putStep(workflowId, { ...step, state: "released", ready: null }, journal);
      }
      return released;
    },
    insert: (jobs) => insertMembers(jobs, transaction),
    advance: (changes) => changes.map((change) => advance(change, transaction)),
  };
}

/** The effects of a unit on workflows; what they do to members is told by facts. */
export function insertWorkflow({ workflow, steps, joins, jobs }: InsertWorkflow, transaction: Transaction): void {
  transaction.tables.workflows.insert(workflow, steps, joins, transaction.journal);
  insertMembers(jobs, transaction);
}

export function cancelWorkflow({ id, change }: CancelWorkflow, transaction: Transaction): readonly WorkflowFact[] {
  const { tables, journal, now, tally } = transaction;
  const workflow = tables.workflows.change(id, { state: "cancelled", endedAt: now }, journal);
  const open = tables.jobs.members(id).filter(({ state }) => !isTerminal(state));
  const facts = open.map((before): WorkflowFact => {
    const job = transaction.change(before, change);
    tally.updated(before, job, now, false);
    return { kind: "cancelled", job };
  });
  return [...facts, { kind: "ended", workflow }];
}

export function resumeWorkflow({ id, failed, steps, joins, jobs }: ResumeWorkflow, transaction: Transaction): void {
  const { tables, journal } = transaction;
  tables.workflows.change(id, { state: "running", endedAt: null, failed, failure: null }, journal);
  for (const step of steps) tables.workflows.putStep(id, step, journal);
  for (const join of joins) tables.workflows.putJoin(id, join, journal);
  insertMembers(jobs, transaction);
}

function endStep(arrival: Arrival, { tables, journal, now }: Transaction): readonly MemberStep[] {
  const { workflowId, outcome, startedAt, error } = arrival;
  const before = tables.workflows.steps(workflowId)[arrival.step];
  const isRunning = tables.workflows.get(workflowId)?.state === "running";
  if (!isRunning || before?.state !== "released") return [];
  const step: StepRecord = { ...before, state: outcome, startedAt, endedAt: now, error };
  tables.workflows.putStep(workflowId, step, journal);
  return [{ workflowId, step }];
}

function waiting(steps: readonly StepsOf[], { tables }: Transaction): readonly MemberStep[] {
  return steps.flatMap(({ workflowId, range: [from, to] }) =>
    tables.workflows
      .steps(workflowId)
      .slice(from, to)
      .filter(({ state }) => state === "waiting")
      .map((step) => ({ workflowId, step })),
  );
}

function insertMembers(jobs: readonly JobRecord[], { tables, tally, journal, now }: Transaction): readonly JobRecord[] {
  return jobs.map((job) => {
    const stored = Object.freeze(firstRevision(job, tables.jobs.nextSeq()));
    tables.jobs.write(undefined, stored, journal);
    tables.queues.touch(stored.queue, now, journal);
    tally.inserted(stored);
    return stored;
  });
}

function advance(
  { workflowId, completed, failed, failure, end }: WorkflowChange,
  { tables: { workflows }, journal, now }: Transaction,
): ReturnType<typeof workflows.change> {
  const before = workflows.get(workflowId);
  return workflows.change(
    workflowId,
    {
      completed: (before?.completed ?? 0) + completed,
      failed: (before?.failed ?? 0) + failed,
      failure: before?.failure ?? (failure === null ? null : JSON.stringify(failure)),
      ...(end === null ? {} : { state: end, endedAt: now }),
    },
    journal,
  );
}
