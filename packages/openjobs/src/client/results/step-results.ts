/** What the steps of a workflow returned, in its shape. */
import type { Workflow, WorkflowStep } from "../../core/codec/workflow-decode.ts";
import { isMembers } from "../../core/request-fields.ts";
import type { Middleware } from "../../middleware/middleware.ts";
import { outcomeCall } from "../calls/results.ts";
import type { Requester } from "../requester.ts";
import { shownBy } from "../shown-job.ts";
import { Turnstile } from "./turnstile.ts";

/** See above. */
export interface StepResults {
  readonly results: readonly unknown[];
  readonly byName: Readonly<Record<string, unknown>>;
}

/** The client has other things to do with its connections. */
const MAX_LOOKS = 16;

/**
 * In order and by name, because a server may take a graph for the chain or the group that it is: what it was called is not in its
 * answer. Null where there is no result.
 *
 * @throws OjsError when a large result, which the server left out of the workflow, cannot be read from its job.
 */
export async function stepResults(
  requester: Requester,
  chain: readonly Middleware[],
  { steps }: Workflow,
  signal: AbortSignal | undefined,
): Promise<StepResults> {
  const looks = new Turnstile(MAX_LOOKS);
  // Middleware reads jobs, of which a workflow tells too little.
  const isShown = chain.some(({ read }) => read !== undefined);
  const readResult = async (step: WorkflowStep): Promise<unknown> => {
    if (step.steps !== undefined) return Promise.all(step.steps.map(readResult));
    const { jobId, result = null } = step;
    if (jobId === undefined || result === null || !(isShown || isReference(result))) return result;
    const call = { ...outcomeCall(jobId), operation: "workflowResult" };
    const { job } = await looks.pass(() => requester.run(call, signal === undefined ? {} : { signal }));
    return (await shownBy(chain, job)).result ?? null;
  };
  const results = await Promise.all(steps.map(readResult));
  return { results, byName: Object.fromEntries(steps.map(({ id }, index) => [id ?? String(index), results[index]])) };
}

/** Where the server would have had to say too much at once, it says where the rest is (ojs-workflows §7.5). */
function isReference(result: unknown): boolean {
  return isMembers(result) && typeof result.result_ref === "string" && typeof result.result_size_bytes === "number";
}
