/** What an engine can do about functions that it calls with jobs (ojs-serverless §2). */
import type { ShownEndpoint } from "../../core/codec/push-encode.ts";
import type { NewPushEndpoint, PushChange } from "../../core/push/endpoint-request.ts";

/** An endpoint and the secret that was just made for it. */
export interface EndpointWithSecret extends ShownEndpoint {
  readonly secret: string;
}

/** The operations on push endpoints. */
export interface PushEngine {
  /** Keeps an endpoint, and calls it with the jobs of its queues from now on; `invalid_request` for a forbidden URL. */
  createPushEndpoint(asked: NewPushEndpoint): Promise<EndpointWithSecret>;
  /** By id, which is the order in which they were made. */
  listPushEndpoints(): Promise<readonly ShownEndpoint[]>;
  /** `not_found` when there is none. */
  getPushEndpoint(id: string): Promise<ShownEndpoint>;
  /** Changes what is named; `not_found` when there is none. One that was switched off by the server is on again if asked. */
  changePushEndpoint(id: string, change: PushChange): Promise<ShownEndpoint>;
  /** Calls it no more, and gives back what it has; `not_found` when there is none. */
  removePushEndpoint(id: string): Promise<ShownEndpoint>;
  /**
   * The lease of a job that this delivery brought to a function, for an outcome that comes late (§8.2): `conflict` when the job
   * was delivered anew meanwhile, `not_found` when there is no such job.
   */
  leaseOfDelivery(jobId: string, deliveryId: string): Promise<number>;
}
