/** All schemas of the document by name. A route names those of its request and answers, and the compiler knows the names. */
import type { JsonSchema } from "./schema-words.ts";
import { ADMIN_SCHEMAS, type AdminSchemaName } from "./schemas/admin.ts";
import { AGENT_SCHEMAS, type AgentSchemaName } from "./schemas/agent.ts";
import { ARGUMENT_SCHEMA_SCHEMAS, type ArgumentSchemaSchemaName } from "./schemas/argument-schema.ts";
import { ATTEST_SCHEMAS, type AttestSchemaName } from "./schemas/attest.ts";
import { BULK_SCHEMAS, type BulkSchemaName } from "./schemas/bulk.ts";
import { COMPANION_SCHEMAS, type CompanionSchemaName } from "./schemas/companion.ts";
import { CRON_SCHEMAS, type CronSchemaName } from "./schemas/cron.ts";
import { ERROR_SCHEMAS, type ErrorSchemaName } from "./schemas/error.ts";
import { EVENT_SCHEMAS, type EventSchemaName } from "./schemas/event.ts";
import { JOB_SCHEMAS, type JobSchemaName } from "./schemas/job.ts";
import { JOB_OPTION_SCHEMAS, type JobOptionSchemaName } from "./schemas/job-options.ts";
import { JSON_SCHEMAS, type JsonSchemaName } from "./schemas/json.ts";
import { POOL_SCHEMAS, type PoolSchemaName } from "./schemas/pool.ts";
import { PUSH_SCHEMAS, type PushSchemaName } from "./schemas/push.ts";
import { QUEUE_SCHEMAS, type QueueSchemaName } from "./schemas/queue.ts";
import { RATE_LIMIT_SCHEMAS, type RateLimitSchemaName } from "./schemas/rate-limit.ts";
import { SYSTEM_SCHEMAS, type SystemSchemaName } from "./schemas/system.ts";
import { WEBHOOK_SCHEMAS, type WebhookSchemaName } from "./schemas/webhook.ts";
import { WORKER_SCHEMAS, type WorkerSchemaName } from "./schemas/worker.ts";
import { WORKFLOW_SCHEMAS, type WorkflowSchemaName } from "./schemas/workflow.ts";

/** Name of a schema. */
export type SchemaName =
  | CompanionSchemaName
  | AdminSchemaName
  | WebhookSchemaName
  | ArgumentSchemaSchemaName
  | AgentSchemaName
  | AttestSchemaName
  | BulkSchemaName
  | CronSchemaName
  | ErrorSchemaName
  | EventSchemaName
  | JobSchemaName
  | JobOptionSchemaName
  | JsonSchemaName
  | PoolSchemaName
  | PushSchemaName
  | QueueSchemaName
  | RateLimitSchemaName
  | SystemSchemaName
  | WorkerSchemaName
  | WorkflowSchemaName;

/** Everything under `#/components/schemas`. */
export const SCHEMAS: Readonly<Record<SchemaName, JsonSchema>> = {
  ...SYSTEM_SCHEMAS,
  ...ERROR_SCHEMAS,
  ...JSON_SCHEMAS,
  ...JOB_SCHEMAS,
  ...JOB_OPTION_SCHEMAS,
  ...COMPANION_SCHEMAS,
  ...BULK_SCHEMAS,
  ...WORKER_SCHEMAS,
  ...QUEUE_SCHEMAS,
  ...RATE_LIMIT_SCHEMAS,
  ...CRON_SCHEMAS,
  ...WORKFLOW_SCHEMAS,
  ...ARGUMENT_SCHEMA_SCHEMAS,
  ...AGENT_SCHEMAS,
  ...ATTEST_SCHEMAS,
  ...EVENT_SCHEMAS,
  ...POOL_SCHEMAS,
  ...WEBHOOK_SCHEMAS,
  ...PUSH_SCHEMAS,
  ...ADMIN_SCHEMAS,
};
