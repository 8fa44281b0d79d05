/** The call of a function with a job (ojs-serverless §2.2). */
import { encodePush } from "../../core/codec/push-encode.ts";
import type { HandedJob } from "../../core/handed-job.ts";
import { LIMITS } from "../../core/limits.ts";
import type { PushEndpoint } from "../../core/push/endpoint.ts";
import { signatureHeaders } from "../webhooks/signing.ts";
import type { WebhookPost } from "../webhooks/webhook-sender.ts";
import { deliveryIdOf } from "./delivery-id.ts";

/** What a retry may have to wait for, beside the calls themselves: the longest pause of the usual policy. */
const PAUSE_MS = 300_000;

/** Under which name an endpoint holds its jobs. */
export function workerIdOf({ id }: Pick<PushEndpoint, "id">): string {
  return id.replace(/^push_/, "push_worker_");
}

/** Signed for this moment; the answer may be as long as a job. */
export function pushRequest(endpoint: PushEndpoint, job: HandedJob, at: number, timeoutMs: number): WebhookPost {
  const deliveryId = deliveryIdOf(job);
  const body = encodePush(job, workerIdOf(endpoint), deliveryId);
  return {
    url: endpoint.endpoint,
    headers: {
      "content-type": "application/json",
      "user-agent": "OJS-Push/1.0 (openjobs)",
      "x-ojs-job-id": job.id,
      "x-ojs-timeout-ms": String(timeoutMs),
      "x-ojs-idempotency-window": String(Math.ceil((job.maxAttempts * (endpoint.timeoutMs + PAUSE_MS)) / 1_000)),
      ...signatureHeaders({ id: deliveryId, at, body, secrets: [endpoint.secret] }),
    },
    body,
    timeoutMs,
    answerBytes: LIMITS.jobBytes,
  };
}
