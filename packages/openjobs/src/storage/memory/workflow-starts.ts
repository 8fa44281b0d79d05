import type { JobRecord } from "../../core/job.ts";
import type { WorkflowRecord } from "../../core/workflow/workflow.ts";
import type { Transaction } from "./transaction.ts";

/** Workflows whose first member is among the claimed jobs: they have started now. */
export function startedWorkflows(
  claims: readonly (readonly JobRecord[])[],
  { tables: { workflows }, journal, now }: Transaction,
): readonly WorkflowRecord[] {
  const started: WorkflowRecord[] = [];
  for (const { workflowId } of claims.flat()) {
    if (workflowId === null || workflows.get(workflowId)?.startedAt !== null) continue;
    started.push(workflows.change(workflowId, { startedAt: now }, journal));
  }
  return started;
}
