/** Workers. */
import { enqueued, FULL, fetched, MINIMAL, type Scenario, UNKNOWN, V1 } from "./scenario.ts";

export const workers: Scenario = async (send) => {
  await send("POST", `${V1}/workers/fetch`, { queues: [] });
  const done = await fetched(send, "work", { ...FULL, args: [{ to: "b@example.com" }] });
  await send("POST", `${V1}/workers/heartbeat`, { worker_id: "w", active_jobs: [done, "gone"], queues: ["work"] });
  await send("POST", `${V1}/workers/ack`, { job_id: done, worker_id: "w", result: { sent: true } });
  await send("GET", `${V1}/jobs/${done}`);
  await send("POST", `${V1}/workers/ack`, { job_id: done, worker_id: "w", result: { sent: false } });
  const error = { type: "SmtpError", message: "no", details: { code: 4 }, backtrace: ["at send"] };
  const failed = await fetched(send, "work");
  await send("POST", `${V1}/workers/nack`, { job_id: failed, error });
  await send("GET", `${V1}/jobs/${failed}`);
  await send("POST", `${V1}/jobs/${await fetched(send, "work")}/ack`);
  await send("POST", `${V1}/jobs/${await fetched(send, "work")}/nack`, { error: "no" });
  await enqueued(send, { queue: "work" });
  const [taken] = (await send("POST", `${V1}/jobs/fetch`, { queues: ["work"] })).body.jobs;
  const acks = [{ job_id: taken.id, lease: taken.lease }, { job_id: UNKNOWN }];
  const nacks = [
    { job_id: await fetched(send, "work"), error },
    { job_id: UNKNOWN, error },
  ];
  await enqueued(send, { queue: "work" });
  await send("POST", `${V1}/workers/exchange`, { worker_id: "w", acks, nacks, fetch: { queues: ["work"], count: 5 } });
  const last = [{ job_id: await fetched(send, "work") }];
  await send("POST", `${V1}/workers/exchange`, { worker_id: "w", acks: last }, MINIMAL);
};
