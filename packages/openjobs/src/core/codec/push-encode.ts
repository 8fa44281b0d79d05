/** Push endpoints as answers, and the request that a function gets (ojs-serverless §2). */
import type { HandedJob } from "../handed-job.ts";
import type { JsonText } from "../job.ts";
import { stringifyJson } from "../json.ts";
import type { CircuitState } from "../push/circuit.ts";
import type { PushEndpoint } from "../push/endpoint.ts";
import { formatTimestamp } from "../time.ts";
import { encodeJob } from "./job-encode.ts";

/** An endpoint, and how it is doing at this server. */
export interface ShownEndpoint {
  readonly endpoint: PushEndpoint;
  readonly circuit: CircuitState;
}

/** @param secret Only ever given to whoever has just made it. */
export function encodePushEndpoint({ endpoint, circuit }: ShownEndpoint, secret?: string): JsonText {
  return stringifyJson(facts(endpoint, circuit, secret === undefined ? {} : { signing_secret: secret }));
}

/** All endpoints. */
export function encodePushEndpoints(shown: readonly ShownEndpoint[]): JsonText {
  const endpoints = shown.map(({ endpoint, circuit }) => facts(endpoint, circuit, {}));
  return stringifyJson({ endpoints, count: endpoints.length });
}

/** The body of a call. */
export function encodePush(job: HandedJob, workerId: string, deliveryId: string): JsonText {
  return `{"job":${encodeJob(job)},"worker_id":${JSON.stringify(workerId)},"delivery_id":${JSON.stringify(deliveryId)}}`;
}

function facts(endpoint: PushEndpoint, circuit: CircuitState, more: object): object {
  const { id, queues, jobTypes, maxConcurrency, timeoutMs, active, disabledReason, createdAt, updatedAt } = endpoint;
  return {
    id,
    endpoint: endpoint.endpoint,
    queues,
    ...(jobTypes === null ? {} : { job_types: jobTypes }),
    config: { max_concurrency: maxConcurrency, timeout_ms: timeoutMs, ...more },
    active,
    ...(disabledReason === null ? {} : { disabled_reason: disabledReason }),
    circuit_breaker_state: circuit,
    created_at: formatTimestamp(createdAt),
    updated_at: formatTimestamp(updatedAt),
  };
}
