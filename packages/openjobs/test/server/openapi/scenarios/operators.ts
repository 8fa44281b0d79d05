/** What operators do. */
import { discarded, enqueued, fetched, job, type Scenario, UNKNOWN, V1 } from "./scenario.ts";

const ADMIN = `${V1}/admin`;

export const operators: Scenario = async (send) => {
  await send("POST", `${V1}/workers/beat`, {
    worker_id: "w-1",
    hostname: "h",
    pid: 7,
    concurrency: 5,
    queues: ["ops"],
  });
  await send("GET", `${V1}/workers/w-1/health`);
  const held = await fetched(send, "ops");
  await send("GET", `${ADMIN}/stats`);
  await send("GET", `${ADMIN}/tenants/acme/stats`);
  await send("GET", `${ADMIN}/workers`);
  await send("GET", `${ADMIN}/workers/w-1`);
  await send("GET", `${ADMIN}/workers/nobody`);
  await send("GET", `${ADMIN}/jobs?state=active,completed&queue=ops&tags=a&since=2026-01-01T00:00:00Z&per_page=5`);
  await send("GET", `${ADMIN}/jobs?sort=priority`);
  await send("GET", `${ADMIN}/jobs/${held}`);
  await send("POST", `${ADMIN}/jobs/${held}/cancel`);
  await send("POST", `${ADMIN}/jobs/${await discarded(send, "ops")}/retry`);
  await send("POST", `${ADMIN}/jobs/${UNKNOWN}/retry`);
  await queues(send);
  await pools(send);
  await deadLetters(send);
};

const pools: Scenario = async (send) => {
  await send("PUT", `${ADMIN}/pools/fast`, {
    queues: ["ops"],
    concurrency: 5,
    strategy: "weighted",
    weights: { ops: 2 },
  });
  await send("PUT", `${ADMIN}/pools/fast`, { strategy: "luck" });
  await send("GET", `${ADMIN}/pools`);
  await send("GET", `${ADMIN}/scheduling/stats`);
};

const queues: Scenario = async (send) => {
  await send("POST", `${ADMIN}/queues/ops/pause`);
  await send("GET", `${ADMIN}/queues?per_page=5`);
  await send("GET", `${ADMIN}/queues/ops`);
  await send("POST", `${ADMIN}/queues/ops/resume`);
  const filter = { queue: "ops" };
  await enqueued(send, filter);
  await send("POST", `${ADMIN}/jobs/bulk/cancel`, { confirm: true, filter: { ...filter, type: job().type } });
  await send("POST", `${ADMIN}/jobs/bulk/retry`, { confirm: true, filter });
  await send("POST", `${ADMIN}/jobs/bulk/retry`, { filter });
  await send("DELETE", `${ADMIN}/queues/ops/jobs`, { confirm: true, states: ["cancelled"] });
  await send("POST", `${ADMIN}/jobs/bulk/delete`, { confirm: true, filter });
};

const deadLetters: Scenario = async (send) => {
  const [one, other] = [await discarded(send, "ops"), await discarded(send, "ops")];
  const path = `${ADMIN}/dead-letter`;
  await send("GET", `${path}?queue=ops`);
  await send("GET", `${path}/stats`);
  await send("GET", `${path}/${one}`);
  await send("POST", `${path}/${one}/retry`);
  await send("DELETE", `${path}/${other}`);
};
