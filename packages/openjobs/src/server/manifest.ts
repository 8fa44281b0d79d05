/** The conformance manifest (ojs-http-binding §21): only what is true of this server now. */
import { BULK_ENQUEUE, PUSH_ENDPOINTS, WORKER_EXCHANGE, WORKFLOW_IDS } from "../core/extensions.ts";
import { LIMITS } from "../core/limits.ts";
import type { RetentionTimes } from "../core/retention.ts";
import type { StorageTraits } from "../storage/storage.ts";
import { OJS_VERSION } from "./negotiation.ts";
import { VERSION } from "./version.ts";

/** Every capability that http-binding names. Go parses only booleans here. */
const capabilities = {
  batch_enqueue: true,
  cron_jobs: true,
  dead_letter: true,
  delayed_jobs: true,
  job_ttl: true,
  pause_resume: true,
  priority_queues: true,
  rate_limiting: true,
  schema_validation: true,
  unique_jobs: true,
  workflows: true,
} as const;

/** What an accepted job survives, in words that a reader understands without the code. */
const durability = {
  none: "until the server process ends",
  process: "survives a crash of the server; the last commits may be lost with the machine's power",
  power: "survives a crash of the server and a loss of power",
} as const satisfies Record<StorageTraits["durability"], string>;

/** Builds the manifest of a server on this storage. `specversion` is for the suites, `ojs_version` for the SDKs. */
export function createManifest(traits: StorageTraits, retention: RetentionTimes): object {
  return {
    specversion: OJS_VERSION,
    ojs_version: OJS_VERSION,
    implementation: { name: "openjobs", version: VERSION, language: "typescript" },
    conformance_level: 4,
    protocols: ["http"],
    backend: traits.name,
    capabilities,
    // Strings only: the Rust and Go SDKs refuse a manifest with anything else here.
    extensions: [
      "urn:ojs:ext:x:openjobs:fetch-wait",
      "urn:ojs:ext:x:openjobs:leases",
      WORKER_EXCHANGE,
      BULK_ENQUEUE,
      "urn:ojs:ext:admin-api",
      "urn:ojs:ext:backpressure",
      "urn:ojs:ext:bulk-operations",
      "urn:ojs:ext:dead-letter",
      "urn:ojs:ext:realtime",
      "urn:ojs:ext:timeouts",
      "urn:ojs:ext:webhooks",
      PUSH_ENDPOINTS,
      WORKFLOW_IDS,
    ],
    endpoints: {
      base_url: "/ojs/v1",
      manifest: "/ojs/manifest",
      health: "/ojs/v1/health",
      metrics: "/metrics",
      openapi: "/ojs/openapi.json",
      worker_exchange: "/ojs/v1/workers/exchange",
      bulk_enqueue: "/ojs/v1/jobs/bulk",
      event_stream: "/ojs/v1/events/stream",
      web_socket: "/ojs/v1/ws",
      webhook_subscriptions: "/ojs/v1/webhooks/subscriptions",
      push_endpoints: "/ojs/v1/push/endpoints",
    },
    guarantees: {
      durability: traits.durability,
      durability_description: durability[traits.durability],
      delivery: "at-least-once",
      events: "best-effort",
      webhooks: "at-least-once",
      uniqueness: "strong",
      uniqueness_mechanism: "the look for jobs in the way and the insert are one transaction of the store",
      rate_limits: "exact for each commit of the store, which starts the job",
      rate_limit_window: "sliding",
      queue_bounds:
        "exact on each server for those who enqueue; several servers may exceed one by what they store at the same moment",
      ordering: "by priority, then by availability, within a queue",
    },
    limits: limits(retention),
  };
}

function limits(retention: RetentionTimes): object {
  return {
    max_job_bytes: LIMITS.jobBytes,
    max_meta_bytes: LIMITS.metaBytes,
    max_body_bytes: LIMITS.bodyBytes,
    max_batch_jobs: LIMITS.batchJobs,
    max_atomic_jobs: LIMITS.atomicJobs,
    max_depth: LIMITS.depth,
    max_workflow_jobs: LIMITS.workflowSteps,
    max_workflow_depth: LIMITS.workflowDepth,
    max_parent_results_bytes: LIMITS.resultsBytes,
    max_fetch_count: LIMITS.fetchCountMax,
    max_exchange_outcomes: LIMITS.exchangeOutcomes,
    max_wait_ms: LIMITS.waitMaxMs,
    max_page_size: LIMITS.pageMax,
    // From the end of a job to its removal; null = it is kept for ever.
    retention_completed_ms: retention.completed,
    retention_cancelled_ms: retention.cancelled,
    retention_discarded_ms: retention.discarded,
    retention_dead_letters_ms: retention.deadLetters,
  };
}
