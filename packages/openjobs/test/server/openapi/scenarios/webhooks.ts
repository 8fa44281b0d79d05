/** Webhooks: of a receiver that takes tests and refuses events for good. */
import { expect, vi } from "vitest";
import { webhookTarget } from "../../../support/webhook-targets.ts";
import { enqueued, type Scenario, V1 } from "./scenario.ts";

const SUBSCRIPTIONS = `${V1}/webhooks/subscriptions`;
const DELIVERIES = `${V1}/webhooks/deliveries`;

export const webhooks: Scenario = async (send) => {
  await using target = await webhookTarget((response, { body }) => {
    response.writeHead(body.includes("job.enqueued") ? 404 : 200).end();
  });
  const terms = { url: target.url, events: ["job.enqueued"], filter: { queues: ["hooks"] }, metadata: { a: 1 } };
  const { id } = (await send("POST", SUBSCRIPTIONS, terms)).body;
  await send("POST", SUBSCRIPTIONS, { url: "nowhere" });
  await send("GET", SUBSCRIPTIONS);
  const path = `${SUBSCRIPTIONS}/${id}`;
  await send("GET", path);
  await send("PATCH", path, { metadata: null });
  await send("POST", `${path}/test`);
  await send("POST", `${path}/rotate-secret`);
  await enqueued(send, { queue: "hooks" });
  const dead = await vi.waitFor(async () => {
    const { deliveries } = (await send("GET", `${DELIVERIES}?status=dead`)).body;
    expect(deliveries).toHaveLength(1);
    return `${DELIVERIES}/${deliveries[0].id}`;
  });
  await send("GET", dead);
  await send("POST", `${dead}/retry`);
  await send("POST", `${DELIVERIES}/del_x/retry`);
  await send("DELETE", path);
};
