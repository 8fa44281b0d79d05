/** Push delivery: register a function, look at it, change it, remove it. */
import { type Scenario, V1 } from "./scenario.ts";

const ENDPOINTS = `${V1}/push/endpoints`;

export const push: Scenario = async (send) => {
  const body = {
    endpoint: "http://127.0.0.1:9/",
    queues: ["pushed"],
    job_types: ["a.b"],
    config: { timeout_ms: 1_000 },
  };
  const made = await send("POST", ENDPOINTS, body);
  const path = `${ENDPOINTS}/${made.body.id}`;
  await send("GET", ENDPOINTS);
  await send("GET", path);
  await send("PATCH", path, { active: false, config: { max_concurrency: 2 } });
  await send("DELETE", path);
  await send("GET", path);
  await send("POST", ENDPOINTS, {});
};
