/** Jobs, one by one and many at once. */
import { discarded, enqueued, FULL, job, MINIMAL, type Scenario, SDK, UNKNOWN, V1 } from "./scenario.ts";

export const jobs: Scenario = async (send) => {
  await send("POST", `${V1}/jobs`, job(FULL));
  await send("POST", `${V1}/jobs`, job(FULL), SDK);
  await send("POST", `${V1}/jobs`, job(), MINIMAL);
  await send("POST", `${V1}/jobs`, { type: "email.send" });
  await send("POST", `${V1}/jobs/batch`, { jobs: [job(), job(FULL)] });
  await send("POST", `${V1}/jobs/batch`, { jobs: [job(), job()] }, MINIMAL);
  const id = await enqueued(send, { scheduled_at: "+PT1H" });
  await send("GET", `${V1}/jobs/${id}`);
  await send("GET", `${V1}/jobs/${UNKNOWN}`);
  await send("PATCH", `${V1}/jobs/${id}`, { priority: 7 });
  await send("PATCH", `${V1}/jobs/${id}`, { priority: 1_000 });
  await send("DELETE", `${V1}/jobs/${id}`);
  await send("DELETE", `${V1}/jobs/${id}`);
  await send("POST", `${V1}/jobs/${await enqueued(send)}/cancel`);
  await send("POST", `${V1}/jobs/${await enqueued(send, { pending: true })}/activate`);
  await send("POST", `${V1}/jobs/${id}/activate`);
  await send("GET", `${V1}/jobs/${id}/result`);
  await send("GET", `${V1}/jobs/${await discarded(send, "history")}/history`);
  await send("GET", `${V1}/jobs/${await enqueued(send)}/result`);
  await send("GET", `${V1}/jobs/${await discarded(send, "results")}/result?wait=true`);
};

export const bulks: Scenario = async (send) => {
  await send("POST", `${V1}/jobs/bulk`, { jobs: [job(), job(FULL), {}] });
  await send("POST", `${V1}/jobs/bulk`, { jobs: [job()], atomicity: "atomic" }, MINIMAL);
  await send("POST", `${V1}/jobs/bulk`, { jobs: [{}] });
  await send("POST", `${V1}/jobs/bulk`, { jobs: [] });
  const one = await enqueued(send);
  await send("POST", `${V1}/jobs/bulk/cancel`, { job_ids: [one, UNKNOWN] });
  await send("POST", `${V1}/jobs/bulk/cancel`, { job_ids: [one] });
  await send("POST", `${V1}/jobs/bulk/delete`, { filter: { type: "email.send", state: ["cancelled"] } });
  const failed = await discarded(send, "bulks");
  await send("POST", `${V1}/jobs/bulk/retry`, { job_ids: [failed], atomicity: "atomic" });
};
