/** The server itself, and its events. It comes last: by then there are events of nearly every kind. */
import { type Scenario, V1 } from "./scenario.ts";

export const system: Scenario = async (send) => {
  for (const path of ["/ojs/manifest", `${V1}/health`, "/health", "/ready", "/metrics", "/ojs/openapi.json"])
    await send("GET", path);
  await send("GET", `${V1}/events?limit=1000`);
  await send("GET", `${V1}/events?types=job.completed&after=evt_none`);
  // The heads of streams: what they send is no JSON document.
  const { body } = await send("POST", `${V1}/jobs`, { type: "a", args: [] });
  for (const path of [`/jobs/${body.job.id}/events`, "/queues/default/events", "/events/stream?channel=all"])
    await send("GET", `${V1}${path}`);
};
