/** The operator's side of a server. */
import type { RequestOptions } from "../client/call.ts";
import { discardDeadLetterJobCall } from "../client/calls/dead-letters.ts";
import type { ConnectionDeps, ConnectionOptions } from "../client/connection.ts";
import { goneOnce } from "../client/gone-once.ts";
import { OperatorClient } from "../client/operator-client.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { Page, PageOptions } from "../core/codec/page-decode.ts";
import { OjsConflictError, OjsNotFoundError } from "../core/errors.ts";
import {
  getDeadLetterStatsCall,
  getRateLimitCall,
  getTenantStatsCall,
  getWorkerCall,
  type JobQuery,
  listJobsCall,
  listWorkersCall,
  type PurgeOptions,
  purgeQueueCall,
  retryJobCall,
  statsCall,
} from "./calls.ts";
import type { DeadLetterStats, JobCounts, RateLimitInfo, ServerStats, WorkerDetail, WorkerPage } from "./decode.ts";

/**
 * Looks after jobs, queues and workers, and cannot enqueue anything (ojs-sdk-guidelines §5.3, ojs-admin-api).
 *
 * Options, errors and the last argument of every method are those of {@link OjsClient}. What both can do has one name and
 * one implementation.
 *
 * @example
 * await using admin = new OjsAdmin({ url: "http://localhost:8080" });
 * for await (const job of admin.jobs({ states: ["discarded"], queue: "email" })) await admin.retryJob(job.id);
 */
export class OjsAdmin extends OperatorClient {
  /**
   * Nothing is sent yet.
   *
   * @param deps Time and chance, for tests.
   * @throws OjsValidationError when an option cannot work.
   */
  constructor(options: ConnectionOptions = {}, deps: ConnectionDeps = {}) {
    super(options, deps);
  }

  /** There is nothing for middleware to act on. */
  protected override whyFrozen(): string {
    return "an OjsAdmin enqueues nothing";
  }

  /**
   * A page of jobs (ojs-admin-api §7.1): those that wait first, those that ended last at the end. A page can be short, or
   * empty, and still have a `nextCursor`: the server looks at so many jobs for a page and no more.
   *
   * @throws OjsValidationError for a condition that no job can meet; `details` says which.
   * @example const { items, total } = await admin.listJobs({ states: ["retryable"], type: "mail.*", limit: 20 });
   */
  async listJobs(query: JobQuery = {}, request?: RequestOptions): Promise<Page<Job>> {
    return this.run(listJobsCall(query), request);
  }

  /**
   * All of these jobs, one page after another as they are asked for. A job that changes its state meanwhile can come twice
   * or not at all.
   *
   * @throws As {@link listJobs}.
   * @example for await (const { id, state } of admin.jobs({ tags: ["nightly"] })) console.log(id, state);
   */
  async *jobs(query: JobQuery = {}, request?: RequestOptions): AsyncGenerator<Job, void, undefined> {
    let cursor = query.cursor;
    do {
      const page: Page<Job> = await this.listJobs({ ...query, ...(cursor === undefined ? {} : { cursor }) }, request);
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  /**
   * Makes a job available again that was discarded or waits for its next attempt. Not sent again when the answer gets lost.
   *
   * @throws OjsNotFoundError; OjsConflictError when the job is in another state.
   * @example const { state } = await admin.retryJob(id);
   */
  async retryJob(id: string, request?: RequestOptions): Promise<Job> {
    return this.run(retryJobCall(id), request);
  }

  /**
   * Gives a job up. One that has not ended is cancelled, which is the only end that ojs-core §6.3 has for it from outside;
   * one that is in the dead letter queue is removed for good; to one that was discarded or cancelled nothing happens.
   *
   * @throws OjsNotFoundError; OjsConflictError when the job is completed.
   * @example await admin.discardJob(id);
   */
  async discardJob(id: string, request?: RequestOptions): Promise<void> {
    try {
      await this.cancelJob(id, request);
    } catch (error) {
      if (!(error instanceof OjsConflictError)) throw error;
      const { state } = await this.getJob(id, request);
      if (state !== "discarded") throw error;
      await this.#discardDeadLetter(id, request);
    }
  }

  /** A discarded job that is no dead letter is given up already. */
  async #discardDeadLetter(id: string, request: RequestOptions | undefined): Promise<void> {
    try {
      await goneOnce(this.connection.requester, discardDeadLetterJobCall(id), request);
    } catch (error) {
      if (!(error instanceof OjsNotFoundError)) throw error;
    }
  }

  /**
   * Removes jobs of a queue that have ended, for good; resolves with how many there were (ojs-admin-api §6.5).
   *
   * @throws OjsValidationError for a time that does not exist.
   * @example const removed = await admin.purgeQueue("email", { states: ["completed"] });
   */
  async purgeQueue(name: string, options: PurgeOptions = {}, request?: RequestOptions): Promise<number> {
    return this.run(purgeQueueCall(name, options), request);
  }

  /**
   * The workers whose heartbeats arrive, or did until lately, by id.
   *
   * @example const { items, summary } = await admin.listWorkers();
   */
  async listWorkers(page: PageOptions = {}, request?: RequestOptions): Promise<WorkerPage> {
    return this.run(listWorkersCall(page), request);
  }

  /**
   * A worker and the jobs that it holds.
   *
   * @throws OjsNotFoundError for a worker that has not been heard of, or has said goodbye.
   * @example const { jobs } = await admin.getWorker("worker-1");
   */
  async getWorker(id: string, request?: RequestOptions): Promise<WorkerDetail> {
    return this.run(getWorkerCall(id), request);
  }

  /**
   * Everything in sum: queues, workers, jobs by state, what happened in the last minute.
   *
   * @example const { jobs, deadLetters } = await admin.stats();
   */
  async stats(request?: RequestOptions): Promise<ServerStats> {
    return this.run(statsCall(), request);
  }

  /**
   * How many jobs of a tenant are in which state (ojs-multi-tenancy §10).
   *
   * @throws OjsValidationError when no tenant can have that id.
   * @example const { available } = await admin.getTenantStats("acme");
   */
  async getTenantStats(tenant: string, request?: RequestOptions): Promise<JobCounts> {
    return this.run(getTenantStatsCall(tenant), request);
  }

  /**
   * How many dead letters there are, and when the last of them came.
   *
   * @example if ((await admin.getDeadLetterStats()).total > 0) console.warn("somebody should look");
   */
  async getDeadLetterStats(request?: RequestOptions): Promise<DeadLetterStats> {
    return this.run(getDeadLetterStatsCall(), request);
  }

  /**
   * What the jobs under one key of a rate limit do (ojs-rate-limiting §10).
   *
   * @throws OjsNotFoundError when the key limits nothing now.
   * @example const { active, waiting, concurrency } = await admin.getRateLimit("stripe");
   */
  async getRateLimit(key: string, request?: RequestOptions): Promise<RateLimitInfo> {
    return this.run(getRateLimitCall(key), request);
  }
}
