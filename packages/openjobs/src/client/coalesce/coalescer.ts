/**
 * Lets `enqueue` calls travel together (docs/adr/008-coalesced-enqueue.md): those of one turn of the event loop, and those
 * that come while enough requests are under way, become one request. A call that is alone goes alone and at once.
 */
import type { Clock } from "../../core/clock.ts";
import type { EncodedJob } from "../../core/codec/enqueue-encode.ts";
import type { Job } from "../../core/codec/job-decode.ts";
import type { RequestOptions } from "../call.ts";
import { enqueueOnce } from "../once.ts";
import type { Requester } from "../requester.ts";
import { BulkSupport } from "./bulk-support.ts";

/** See above. */
export class Coalescer {
  readonly #requester: Requester;
  readonly #support: BulkSupport;
  /** Calls that were sent before it was known whether the server takes bulks. */
  #underWay = 0;

  constructor(requester: Requester, clock: Clock) {
    this.#requester = requester;
    this.#support = new BulkSupport(requester, clock);
  }

  /** Enqueues a job, in company if there is some. A call with times of its own goes alone, or they would not be its own. */
  enqueue(job: EncodedJob, request: RequestOptions = {}): Promise<Job> {
    const { signal, timeout, totalTimeout } = request;
    const queue = this.#support.known;
    if (queue === undefined) return this.#lookForCompany(job, request);
    const ownTimes = timeout !== undefined || totalTimeout !== undefined;
    return queue === false || ownTimes || signal?.aborted ? this.#alone(job, request) : queue.enqueue(job, signal);
  }

  /** Only a program that makes a call while another one is under way has any use of bulks; others ask nothing. */
  async #lookForCompany(job: EncodedJob, request: RequestOptions): Promise<Job> {
    if (this.#underWay > 0) this.#support.ask();
    this.#underWay += 1;
    try {
      return await this.#alone(job, request);
    } finally {
      this.#underWay -= 1;
    }
  }

  #alone(job: EncodedJob, request: RequestOptions): Promise<Job> {
    return enqueueOnce(this.#requester, job, request);
  }
}
