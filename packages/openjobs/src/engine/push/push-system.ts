/** Push delivery, put together: the endpoints that are kept, and a runner for each that is active. */
import type { ShownEndpoint } from "../../core/codec/push-encode.ts";
import { ojsError } from "../../core/errors.ts";
import type { PushEndpoint } from "../../core/push/endpoint.ts";
import type { EngineContext } from "../context.ts";
import { found } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import { newSecret } from "../webhooks/signing.ts";
import type { WebhookSender } from "../webhooks/webhook-sender.ts";
import { deliveryIdOf } from "./delivery-id.ts";
import { PushEndpoints } from "./push-endpoints.ts";
import type { PushEngine } from "./push-engine.ts";
import { PushRunner } from "./push-runner.ts";

/** What push delivery needs of an engine. */
export interface PushSystemParts {
  readonly context: EngineContext;
  readonly sender: WebhookSender;
  /** Tells other servers that endpoints were changed here; resolves when they know, or cannot be waited for. */
  readonly agree: () => Promise<void>;
}

/** See above. */
export class PushSystem {
  readonly #parts: PushSystemParts;
  readonly #endpoints: PushEndpoints;
  readonly #runners = new Map<string, PushRunner>();
  #isClosed = false;

  constructor(parts: PushSystemParts) {
    this.#parts = parts;
    this.#endpoints = new PushEndpoints(parts);
  }

  /** Reads the endpoints, and goes by them. Rejects with `backend_error` when the storage does not answer. */
  async load(): Promise<void> {
    const endpoints = await this.#endpoints.list();
    const known = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    for (const id of this.#runners.keys()) if (!known.has(id)) this.#stop(id);
    for (const endpoint of endpoints) this.#goBy(endpoint);
  }

  /** Calls nobody any more, and gives back what is on its way; undefined = there is nothing. */
  close(): Promise<void> | undefined {
    this.#isClosed = true;
    const runners = [...this.#runners.values()];
    return runners.length === 0 ? undefined : Promise.all(runners.map((runner) => runner.stop())).then(() => undefined);
  }

  /** What callers can do. */
  operations(): PushEngine {
    return {
      createPushEndpoint: async ({ secret = newSecret(), ...terms }) => {
        return { ...(await this.#changed(this.#endpoints.create({ ...terms, secret }))), secret };
      },
      listPushEndpoints: async () => (await this.#endpoints.list()).map((endpoint) => this.#shown(endpoint)),
      getPushEndpoint: async (id) => this.#shown(await this.#endpoints.get(id)),
      changePushEndpoint: (id, change) => this.#changed(this.#endpoints.change(id, change)),
      removePushEndpoint: async (id) => {
        const endpoint = await this.#endpoints.remove(id);
        this.#stop(id);
        await this.#parts.agree();
        return this.#shown(endpoint);
      },
      leaseOfDelivery: (jobId, deliveryId) => this.#leaseOf(jobId, deliveryId),
    };
  }

  async #changed(changing: Promise<PushEndpoint>): Promise<ShownEndpoint> {
    const endpoint = await changing;
    this.#goBy(endpoint);
    await this.#parts.agree();
    return this.#shown(endpoint);
  }

  async #leaseOf(jobId: string, deliveryId: string): Promise<number> {
    const [stored] = await answered(this.#parts.context.storage.jobs.get([jobId]));
    const job = found(stored, jobId);
    if (deliveryIdOf(job) === deliveryId) return job.lease;
    throw ojsError("conflict", `Delivery ${deliveryId} of job ${jobId} is over.`, {
      details: { job_id: jobId, delivery_id: deliveryId, current_state: job.state },
      hint: "The job was delivered anew meanwhile, or this delivery was never of this job. There is nothing left to report.",
    });
  }

  /** A new runner for what has changed: the calls of the one before are broken off, and their jobs called anew. */
  #goBy(endpoint: PushEndpoint): void {
    const runner = this.#runners.get(endpoint.id);
    if (runner !== undefined && JSON.stringify(runner.endpoint) === JSON.stringify(endpoint)) return;
    this.#stop(endpoint.id);
    if (!endpoint.active || this.#isClosed) return;
    const { context, sender } = this.#parts;
    const gone = ({ id }: PushEndpoint, reason: string): void => this.#disable(id, reason);
    this.#runners.set(endpoint.id, new PushRunner(endpoint, { context, sender, gone }));
  }

  #stop(id: string): void {
    const runner = this.#runners.get(id);
    this.#runners.delete(id);
    // Whoever changes an endpoint need not wait for what its calls become.
    void runner?.stop();
  }

  /** Nobody waits for this: the job's end is reported meanwhile. */
  #disable(id: string, reason: string): void {
    const { onError } = this.#parts.context;
    onError(new Error(`It ${reason}; it is switched off.`), `push endpoint ${id}`);
    const disabling = this.#changed(this.#endpoints.change(id, { active: false, disabledReason: reason }));
    disabling.catch((error: unknown) => onError(error, `push endpoint ${id}`));
  }

  #shown(endpoint: PushEndpoint): ShownEndpoint {
    return { endpoint, circuit: this.#runners.get(endpoint.id)?.circuit ?? "closed" };
  }
}
