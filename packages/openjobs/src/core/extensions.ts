/** Extensions of ours, by the URIs under which the manifest lists them (ojs-extension-lifecycle §4). */

/** `POST /ojs/v1/workers/exchange`: outcomes and the next fetch in one request. */
export const WORKER_EXCHANGE = "urn:ojs:ext:x:openjobs:worker-exchange";

/** `POST /ojs/v1/jobs/bulk`: many jobs in one request, each with an outcome of its own. */
export const BULK_ENQUEUE = "urn:ojs:ext:x:openjobs:bulk-enqueue";

/** `/ojs/v1/push/endpoints`: functions that the server calls with jobs (ojs-serverless §2). */
export const PUSH_ENDPOINTS = "urn:ojs:ext:x:openjobs:push-endpoints";

/** `POST /ojs/v1/workflows` knows a workflow by the id that its creator chose: the same request again starts nothing. */
export const WORKFLOW_IDS = "urn:ojs:ext:x:openjobs:workflow-ids";
