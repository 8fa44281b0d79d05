/** Queues. */
import { enqueued, type Scenario, SDK, V1 } from "./scenario.ts";

export const queues: Scenario = async (send) => {
  await enqueued(send, { queue: "mail" });
  await send("GET", `${V1}/queues`);
  await send("GET", `${V1}/queues?page=1&per_page=5`);
  await send("GET", `${V1}/queues?limit=no`);
  await send("GET", `${V1}/queues/mail/stats`);
  await send("GET", `${V1}/queues/mail/stats`, undefined, SDK);
  await send("POST", `${V1}/queues/mail/pause`);
  await send("POST", `${V1}/queues/mail/resume`);
  for (const path of [`${V1}/queues/mail/config`, `${V1}/admin/queues/mail/config`]) {
    await send("PUT", path, { default_timeout: 60, default_retry: { max_attempts: 5 }, concurrency: 2 });
    await send("GET", path);
    await send("PUT", path, { default_timeout: -1 });
  }
  await send("PUT", `${V1}/admin/queues/narrow/config`, { backpressure: { max_depth: 1, strategy: "reject" } });
  await enqueued(send, { queue: "narrow" });
  const job = { type: "a.b", args: [], options: { queue: "narrow" } };
  await send("POST", `${V1}/jobs`, job);
  await send("POST", `${V1}/jobs/batch`, { jobs: [job] });
  const throttle = { limit: 1, period: "PT1S" };
  await enqueued(send, { rate_limit: { key: "smtp", concurrency: 5, rate: { limit: 9, period: "PT1M" }, throttle } });
  await send("GET", `${V1}/rate-limits/smtp`);
  await send("GET", `${V1}/rate-limits/unknown`);
};
