/** Creates a workflow once, however often it has to ask. */
import { pause } from "../core/clock.ts";
import type { Workflow } from "../core/codec/workflow-decode.ts";
import { OjsError } from "../core/errors.ts";
import { WORKFLOW_IDS } from "../core/extensions.ts";
import type { JsonText } from "../core/job.ts";
import type { RequestOptions } from "./call.ts";
import { manifestCall } from "./calls/system.ts";
import { createWorkflowCall } from "./calls/workflows.ts";
import type { Connection } from "./connection.ts";
import { readTimeout } from "./requester.ts";

/**
 * Whether the request may be repeated is asked only when it did not get through. The server's manifest says so, and as
 * looking at it is itself repeated, the server is likely to be back by then.
 */
export async function createWorkflowOnce(
  connection: Connection,
  body: JsonText,
  request: RequestOptions = {},
): Promise<Workflow> {
  const { requester, clock } = connection;
  const deadline = clock.now() + (readTimeout("totalTimeout", request.totalTimeout) ?? requester.totalTimeoutMs);
  const left = (): RequestOptions => ({ ...request, totalTimeout: Math.max(1, deadline - clock.now()) });
  try {
    return await requester.run(createWorkflowCall(body, false), request);
  } catch (error) {
    const pauseMs = requester.pauseAfter(error, 1);
    if (pauseMs === undefined) throw error;
    await pause(clock, pauseMs, request.signal);
    if (!(await knowsWorkflowsById(connection, left()))) throw error;
    return await requester.run(createWorkflowCall(body, true), left());
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
