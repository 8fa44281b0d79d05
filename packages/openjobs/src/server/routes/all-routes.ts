/** The routing table of the server. */
import type { RetentionTimes } from "../../core/retention.ts";
import type { Engine } from "../../engine/facade.ts";
import type { StorageTraits } from "../../storage/storage.ts";
import type { Drain } from "../drain.ts";
import type { Route } from "../route.ts";
import { adminRoutes } from "./admin/index.ts";
import { agentRoutes } from "./agents.ts";
import { AGENT_ALIASES, ALIASES, withAliases } from "./aliases.ts";
import { attestRoutes } from "./attest.ts";
import { bulkRoute } from "./bulk.ts";
import { companionRoutes } from "./companions.ts";
import { cronRoutes } from "./crons.ts";
import { deadLetterRoutes } from "./dead-letters.ts";
import { eventRoutes } from "./events.ts";
import { exchangeRoute } from "./exchange.ts";
import { createJobCounter, fetchRoute } from "./fetch.ts";
import { heartbeatRoute } from "./heartbeat.ts";
import { historyRoute } from "./history.ts";
import { jobRoutes } from "./jobs.ts";
import { liveRoutes } from "./live.ts";
import { metricsRoute } from "./metrics.ts";
import { openApiRoute } from "./openapi.ts";
import { outcomeRoutes } from "./outcomes.ts";
import { pushRoutes } from "./push.ts";
import { queueConfigRoutes } from "./queue-config.ts";
import { queueRoutes } from "./queues.ts";
import { rateLimitRoute } from "./rate-limits.ts";
import { resultRoute } from "./results.ts";
import { schemaRoutes } from "./schemas.ts";
import { selectionRoutes } from "./selections.ts";
import { systemRoutes } from "./system.ts";
import { webhookRoutes } from "./webhooks.ts";
import { workerHealthRoute } from "./workers.ts";
import { workflowRoutes } from "./workflows.ts";

/** What the routes work with. */
export interface RouteParts {
  readonly engine: Engine;
  readonly traits: StorageTraits;
  readonly retention: RetentionTimes;
  readonly drain: Drain;
  /** Whether routes for trying out are there. */
  readonly labs: boolean;
  /** Whether the server asks for an API key. */
  readonly secured: boolean;
  /** Hears about leases that could not be given back after an answer was lost. */
  readonly releaseFailed: (error: unknown) => void;
}

/** Every route, by noun, and what else they are called. */
export function allRoutes(parts: RouteParts): readonly Route[] {
  const { engine, traits, retention, drain, labs, releaseFailed } = parts;
  const counter = createJobCounter(engine, drain, releaseFailed);
  const routes = withAliases(labs ? [...ALIASES, ...AGENT_ALIASES] : ALIASES, [
    ...systemRoutes(engine, traits, retention, drain),
    metricsRoute(engine),
    ...jobRoutes(engine),
    bulkRoute(engine),
    ...companionRoutes(engine),
    resultRoute(engine, drain),
    historyRoute(engine),
    ...selectionRoutes(engine),
    fetchRoute(counter),
    ...outcomeRoutes(engine),
    exchangeRoute({ engine, counter, failed: releaseFailed }),
    heartbeatRoute(engine),
    workerHealthRoute(engine),
    ...queueRoutes(engine),
    ...queueConfigRoutes(engine),
    rateLimitRoute(engine),
    ...deadLetterRoutes(engine),
    ...cronRoutes(engine),
    ...workflowRoutes(engine),
    ...schemaRoutes(engine),
    ...webhookRoutes(engine),
    ...pushRoutes(engine),
    ...eventRoutes(engine),
    ...adminRoutes(engine),
    ...(labs ? [...agentRoutes(engine), ...attestRoutes(engine)] : []),
    openApiRoute(() => routes, parts.secured),
    ...liveRoutes(engine, drain),
  ]);
  return routes;
}
