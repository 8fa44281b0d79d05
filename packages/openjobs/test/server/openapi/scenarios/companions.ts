/** Progress and checkpoints of jobs, in all their spellings. */
import { fetched, type Scenario, V1 } from "./scenario.ts";

export const companions: Scenario = async (send) => {
  const retry = { max_attempts: 2, initial_interval: "PT0.001S", jitter: false };
  const id = await fetched(send, "long", { retry });
  const path = `${V1}/jobs/${id}`;
  await send("GET", `${path}/progress`);
  await send("PUT", `${path}/progress`, { progress: 0.5, message: "half", data: { rows: 7 } });
  await send("PUT", `${path}/progress`, { message: "nothing" });
  await send("GET", `${path}/checkpoint`);
  await send("PUT", `${path}/checkpoint`, { state: { row: 7 } });
  await send("POST", `${path}/checkpoint`, { state: 8 });
  for (const prefix of [V1, `/ojs/v1${V1}`]) {
    await send("GET", `${prefix}/checkpoints/${id}/resume`);
    await send("POST", `${prefix}/checkpoints/${id}`, { metadata: { row: 9 } });
    await send("DELETE", `${prefix}/checkpoints/${id}`);
  }
  await send("GET", `${path}/checkpoint/resume`);
  await send("POST", `${V1}/workers/progress`, { job_id: id, percentage: 99.5, message: "soon" });
  await send("PUT", `${path}/progress`, { progress: 1, checkpoint: { row: 10 } });
  await send("GET", `${path}/checkpoint`);
  await send("POST", `${V1}/workers/nack`, { job_id: id, error: "again" });
  // The second attempt is handed what the first one has left.
  await send("POST", `${V1}/workers/fetch`, { queues: ["long"], wait_ms: 5_000 });
  await send("DELETE", `${path}/checkpoint`);
};
