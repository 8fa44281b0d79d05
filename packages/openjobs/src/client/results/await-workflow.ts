/** Waits for the end of a workflow. Loaded with the first one. */
import type { Workflow } from "../../core/codec/workflow-decode.ts";
import { OjsWorkflowFailedError } from "../../core/workflow-failed-error.ts";
import type { Middleware } from "../../middleware/middleware.ts";
import type { Requester } from "../requester.ts";
import { awaitEnd, named } from "./await-end.ts";
import { ResultHub } from "./result-hub.ts";
import type { ResultOptions, WorkflowOutcome } from "./result-options.ts";
import { stepResults } from "./step-results.ts";
import { WORKFLOWS } from "./wait-kind.ts";

/** One for each client. */
const HUBS = new WeakMap<Requester, ResultHub<Workflow>>();

const GOES_ON = {
  aborted: "The workflow goes on; to end it, cancel it.",
  late: "The workflow goes on; wait for it again, or look at it with getWorkflow.",
};

/**
 * Resolves with the workflow and what its steps returned, as middleware shows it.
 *
 * @throws OjsWorkflowFailedError, or another OjsError.
 */
export async function awaitWorkflow(
  requester: Requester,
  chain: readonly Middleware[],
  workflowOrId: string | { readonly id: string },
  options: ResultOptions,
): Promise<WorkflowOutcome> {
  const { id } = typeof workflowOrId === "string" ? { id: workflowOrId } : named(workflowOrId, "workflowResult");
  const hub = HUBS.get(requester) ?? new ResultHub(requester, WORKFLOWS);
  HUBS.set(requester, hub);
  const awaited = { id, name: `Workflow ${id}`, about: { operation: "workflowResult" }, goesOn: GOES_ON };
  const workflow = await awaitEnd(hub, requester, awaited, options);
  if (workflow.state !== "completed") throw new OjsWorkflowFailedError(whyItFailed(workflow), workflow);
  return { workflow, ...(await stepResults(requester, chain, workflow, options.signal)) };
}

function whyItFailed({ id, name, state, errors: [first] }: Workflow): string {
  const title = name === undefined ? id : `${id} (${name})`;
  if (state === "cancelled") return `Workflow ${title} was cancelled`;
  return `Workflow ${title} has failed${first === undefined ? "" : `: ${first.message}`}`;
}
