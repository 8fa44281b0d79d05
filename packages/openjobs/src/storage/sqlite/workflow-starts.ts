import type { JobRecord } from "../../core/job.ts";
import type { WorkflowRecord } from "../../core/workflow/workflow.ts";
import type { Transaction } from "./transaction.ts";
import { readWorkflow, WORKFLOW_JSON } from "./workflow-row.ts";

/** Binds a JSON array of ids. */
const NOT_STARTED = `
  SELECT ${WORKFLOW_JSON} FROM json_each(?) AS claimed CROSS JOIN workflows ON workflows.id = claimed.value
  WHERE workflows.started_at IS NULL`;
const START = "UPDATE workflows SET started_at = ? WHERE seq IN (SELECT value FROM json_each(?))";

/** Workflows whose first member is among the claimed jobs: they have started now. Other jobs cost no statement. */
export function startedWorkflows(
  claims: readonly (readonly JobRecord[])[],
  { database, now }: Transaction,
): readonly WorkflowRecord[] {
  const ids = new Set<string>();
  for (const jobs of claims) for (const { workflowId } of jobs) if (workflowId !== null) ids.add(workflowId);
  if (ids.size === 0) return [];
  const started = database.all(NOT_STARTED, [JSON.stringify([...ids])]).map(readWorkflow);
  if (started.length > 0) database.run(START, [now, JSON.stringify(started.map(({ seq }) => seq))]);
  return started.map((workflow) => ({ ...workflow, startedAt: now }));
}
