/** Cron jobs. */
import { job, type Scenario, SDK, V1 } from "./scenario.ts";

export const crons: Scenario = async (send) => {
  const cron = {
    name: "nightly",
    cron: "0 3 * * *",
    type: "report.make",
    args: [],
    meta: { a: 1 },
    description: "Report",
  };
  await send("POST", `${V1}/cron`, cron);
  await send("POST", `${V1}/cron`, cron, SDK);
  await send("POST", `${V1}/cron`, {
    name: "x",
    expression: "@daily",
    job_template: job({ options: { queue: "mail" } }),
  });
  await send("POST", `${V1}/cron`, { name: "y", cron: "never" });
  await send("GET", `${V1}/cron?enabled=true`);
  await send("GET", `${V1}/cron/nightly`);
  await send("GET", `${V1}/cron/nightly`, undefined, SDK);
  await send("PATCH", `${V1}/cron/nightly`, { timezone: "Europe/Berlin" });
  await send("POST", `${V1}/cron/nightly/trigger`);
  await send("POST", `${V1}/cron/nightly/disable`);
  await send("POST", `${V1}/cron/nightly/enable`);
  await send("GET", `${V1}/cron/nightly/history?limit=1`);
  await send("DELETE", `${V1}/cron/nightly`);
  await send("DELETE", `${V1}/cron/x`, undefined, SDK);
};
