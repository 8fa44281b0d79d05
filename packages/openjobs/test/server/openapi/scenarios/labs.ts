/** Receipts. */
import { enqueued, type Scenario, UNKNOWN, V1 } from "./scenario.ts";

export const labs: Scenario = async (send) => {
  const id = await enqueued(send);
  const { receipt } = (await send("GET", `${V1}/jobs/${id}/receipt`)).body;
  await send("GET", `${V1}/jobs/${UNKNOWN}/receipt`);
  await send("GET", `${V1}/attest/keys`);
  await send("POST", `${V1}/attest/verify`, { receipt });
  await send("POST", `${V1}/attest/verify`, { receipt: { ...receipt, job_id: UNKNOWN } });
  await send("POST", `${V1}/attest/verify`, {});
  await send("PUT", `${V1}/queues/safe`, { attest_policy: { required: true } });
  await send("POST", `${V1}/jobs`, { type: "a.b", args: [], options: { queue: "safe" } });
};
