/** The routes for operators, under a prefix of their own so that a proxy can keep others out (ojs-admin-api §4). */
import type { Engine } from "../../../engine/facade.ts";
import type { Route } from "../../route.ts";
import { adminDeadLetterRoutes } from "./dead-letters.ts";
import { adminJobListRoute } from "./job-list.ts";
import { adminJobRoutes } from "./jobs.ts";
import { adminPoolRoutes } from "./pools.ts";
import { adminQueueRoutes } from "./queues.ts";
import { adminStatsRoute } from "./stats.ts";
import { adminTenantRoute } from "./tenants.ts";
import { adminWorkerRoutes } from "./workers.ts";

/** The routes under `/ojs/v1/admin`, but for settings of queues and schemas. */
export function adminRoutes(engine: Engine): readonly Route[] {
  return [
    adminStatsRoute(engine),
    ...adminQueueRoutes(engine),
    adminJobListRoute(engine),
    ...adminJobRoutes(engine),
    ...adminWorkerRoutes(engine),
    ...adminDeadLetterRoutes(engine),
    ...adminPoolRoutes(engine),
    adminTenantRoute(engine),
  ];
}
