/** Receipts, and runs of agents. */
import { enqueued, type Scenario, UNKNOWN, V1 } from "./scenario.ts";

export const labs: Scenario = async (send) => {
  const id = await enqueued(send);
  const { receipt } = (await send("GET", `${V1}/jobs/${id}/receipt`)).body;
  await send("GET", `${V1}/jobs/${UNKNOWN}/receipt`);
  await send("GET", `${V1}/attest/keys`);
  await send("POST", `${V1}/attest/verify`, { receipt });
  await send("POST", `${V1}/attest/verify`, { receipt: { ...receipt, job_id: UNKNOWN } });
  await send("POST", `${V1}/attest/verify`, {});
  const policy = { tool_retry: { alternate_provider: "b" } };
  const agent = `${V1}/agents/${await enqueued(send, { ext_agent_v2: policy })}`;
  await send("GET", agent);
  await send("POST", `${agent}/pause`, { reason: "approve" });
  await send("POST", `${agent}/resume`, { approved: true, comment: "go", metadata: { by: "ann" } });
  await send("POST", `${agent}/fork`, { at_turn: 3, branch_name: "one" });
  await send("POST", `${agent}/fork`, { branch_name: "one" });
  await send("POST", `${agent}/merge`, { branch_a: "one", branch_b: "main", strategy: "ours" });
  await send("POST", `${agent}/tool-retry`, { tool: "search" });
  await send("POST", `${V1}/agents/${UNKNOWN}/pause`);
  const sdk = await enqueued(send);
  for (const path of [`/v1/agent/jobs/${sdk}`, `/v1/agents/${sdk}`]) {
    for (const operation of ["pause", "resume", "fork", "merge"]) await send("POST", `${path}/${operation}`, {});
  }
  await send("GET", agent);
  await send("PUT", `${V1}/queues/safe`, { attest_policy: { required: true } });
  await send("POST", `${V1}/jobs`, { type: "a.b", args: [], options: { queue: "safe" } });
};
