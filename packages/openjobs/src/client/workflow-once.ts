/** Creates a workflow once, and cancels it once, however often it has to ask. */
import { pause } from "../core/clock.ts";
import type { Workflow } from "../core/codec/workflow-decode.ts";
import type { WorkflowDefinition } from "../core/codec/workflow-definition.ts";
import { encodeWorkflow } from "../core/codec/workflow-encode.ts";
import { OjsConflictError, OjsError } from "../core/errors.ts";
import { WORKFLOW_IDS } from "../core/extensions.ts";
import type { RequestOptions } from "./call.ts";
import { manifestCall } from "./calls/system.ts";
import { cancelWorkflowCall, createWorkflowCall, getWorkflowCall } from "./calls/workflows.ts";
import { pauseAfter } from "./carry.ts";
import type { Connection } from "./connection.ts";
import { readTimeout } from "./read-timeout.ts";
import type { Requester } from "./requester.ts";

/**
 * Whether the request may be repeated is asked only when it did not get through. The server's manifest says so, and as
 * looking at it is itself repeated, the server is likely to be back by then.
 */
export async function createWorkflowOnce(
  connection: Connection,
  definition: WorkflowDefinition,
  request: RequestOptions = {},
): Promise<Workflow> {
  const { requester, clock, newId } = connection;
  const body = encodeWorkflow(definition, newId());
  const deadline =
    clock.now() + (readTimeout("totalTimeout", request.totalTimeout) ?? requester.options.totalTimeoutMs);
  const left = (): RequestOptions => ({ ...request, totalTimeout: Math.max(1, deadline - clock.now()) });
  try {
    return await requester.run(createWorkflowCall(body, false), request);
  } catch (error) {
    const pauseMs = pauseAfter(requester.options, error, 1);
    if (pauseMs === undefined) throw error;
    await pause(clock, pauseMs, request.signal);
    if (!(await knowsWorkflowsById(connection, left()))) throw error;
    return await requester.run(createWorkflowCall(body, true), left());
  }
}

/** A workflow that is cancelled already is what the caller wants. */
export async function cancelWorkflowOnce(
  requester: Requester,
  id: string,
  request: RequestOptions | undefined,
): Promise<Workflow> {
  try {
    return await requester.run(cancelWorkflowCall(id), request);
  } catch (error) {
    if (!(error instanceof OjsConflictError)) throw error;
    const workflow = await requester.run(getWorkflowCall(id), request);
    if (workflow.state === "cancelled") return workflow;
    throw error;
  }
}

async function knowsWorkflowsById({ requester }: Connection, request: RequestOptions): Promise<boolean> {
  try {
    return (await requester.run(manifestCall(), request)).extensions.includes(WORKFLOW_IDS);
  } catch (error) {
    if (error instanceof OjsError && error.code === "aborted") throw error;
    return false; // the caller has the first error to throw
  }
}
