/** The operator's part of a client: queues, dead letters, events, the server itself. */
import type { EventPage, EventQuery } from "../core/codec/event-decode.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { Page, PageOptions } from "../core/codec/page-decode.ts";
import type { QueueInfo, QueueStats } from "../core/codec/queue-decode.ts";
import type { QueueConfig, QueueConfigChanges } from "../core/codec/queue-settings.ts";
import type { Health, Manifest } from "../core/codec/system-decode.ts";
import type { RequestOptions } from "./call.ts";
import type { DeadLetterQuery } from "./calls/dead-letters.ts";
import { goneOnce } from "./gone-once.ts";
import { JobClient } from "./job-client.ts";

// Loaded with the first call of their kind: what only operators say is not in everybody's bundle (docs/adr/038-runtimes-and-size.md).
const queueCalls = () => import("./calls/queues.ts");
const deadLetterCalls = () => import("./calls/dead-letters.ts");
const systemCalls = () => import("./calls/system.ts");

/** See above (ojs-http-binding §8, §11, §12, §21). */
export abstract class OperatorClient extends JobClient {
  /**
   * The queues, by name.
   *
   * @example const { items, nextCursor } = await client.listQueues({ limit: 100 });
   */
  async listQueues(page: PageOptions = {}, request?: RequestOptions): Promise<Page<QueueInfo>> {
    return this.run((await queueCalls()).listQueuesCall(page), request);
  }

  /**
   * How many jobs of a queue are in which state, and how fast it is.
   *
   * @example const { counts, deadLetters } = await client.getQueueStats("email");
   */
  async getQueueStats(name: string, request?: RequestOptions): Promise<QueueStats> {
    return this.run((await queueCalls()).getQueueStatsCall(name), request);
  }

  /**
   * Stops handing out the jobs of a queue. Running ones go on, and new ones are still accepted.
   *
   * @example await client.pauseQueue("email");
   */
  async pauseQueue(name: string, request?: RequestOptions): Promise<QueueInfo> {
    return this.run((await queueCalls()).pauseQueueCall(name), request);
  }

  /**
   * Hands out the jobs of a paused queue again.
   *
   * @example await client.resumeQueue("email");
   */
  async resumeQueue(name: string, request?: RequestOptions): Promise<QueueInfo> {
    return this.run((await queueCalls()).resumeQueueCall(name), request);
  }

  /**
   * The settings of a queue, and what its jobs get that leave it open (ojs-queue-config §9.1). A queue that nobody has set anything
   * for has none; `"_default"` are those of all queues.
   *
   * @throws OjsValidationError when no queue can have that name.
   * @example const { applied, ignored } = await client.getQueueConfig("thumbnails");
   */
  async getQueueConfig(name: string, request?: RequestOptions): Promise<QueueConfig> {
    return this.run((await queueCalls()).getQueueConfigCall(name), request);
  }

  /**
   * Sets what jobs of a queue get that leave it open: what is given; null removes a setting, the rest stays. Jobs that are there keep
   * what they have. `"_default"` sets it for all queues that have no setting of their own.
   *
   * @throws OjsValidationError for a setting that makes no sense; `details.field` says which, and nothing is changed then.
   * @example await client.updateQueueConfig("thumbnails", { timeout: "1m", retry: { maxAttempts: 2 } });
   */
  async updateQueueConfig(name: string, changes: QueueConfigChanges, request?: RequestOptions): Promise<QueueConfig> {
    return this.run((await queueCalls()).updateQueueConfigCall(name, changes), request);
  }

  /**
   * Jobs that failed for good and were kept (`onExhaustion: "dead_letter"`), the latest first.
   *
   * @example const { items } = await client.listDeadLetterJobs({ queue: "email", limit: 20 });
   */
  async listDeadLetterJobs(query: DeadLetterQuery = {}, request?: RequestOptions): Promise<Page<Job>> {
    return this.run((await deadLetterCalls()).listDeadLetterJobsCall(query), request);
  }

  /**
   * Makes a dead letter job available again, with all its attempts. Not sent again when the answer gets lost.
   *
   * @throws OjsNotFoundError when there is no such dead letter.
   * @example for (const job of items) await client.retryDeadLetterJob(job.id);
   */
  async retryDeadLetterJob(id: string, request?: RequestOptions): Promise<Job> {
    return this.run((await deadLetterCalls()).retryDeadLetterJobCall(id), request);
  }

  /**
   * Removes a dead letter job for good.
   *
   * @throws OjsNotFoundError when there is no such dead letter.
   * @example await client.discardDeadLetterJob(job.id);
   */
  async discardDeadLetterJob(id: string, request?: RequestOptions): Promise<void> {
    const { discardDeadLetterJobCall } = await deadLetterCalls();
    return goneOnce(this.connection.requester, discardDeadLetterJobCall(id), request);
  }

  /**
   * Looks once into the server's log of events (ojs-events §6.4); it keeps the recent ones only.
   *
   * @example
   * let after: string | undefined;
   * for (;;) {
   *   const page = await client.listEvents({ types: ["job.completed"], ...(after && { after }) });
   *   for (const event of page.events) console.log(event.type, event.data);
   *   after = page.cursor ?? after;
   *   if (!page.hasMore) break;
   * }
   */
  async listEvents(query: EventQuery = {}, request?: RequestOptions): Promise<EventPage> {
    return this.run((await systemCalls()).listEventsCall(query), request);
  }

  /**
   * How the server feels. An unhealthy one is an answer too; only one that cannot be reached is an error.
   *
   * @example if (!(await client.health()).healthy) process.exitCode = 1;
   */
  async health(request?: RequestOptions): Promise<Health> {
    return this.run((await systemCalls()).healthCall(), request);
  }

  /**
   * What the server can do and what it promises (ojs-http-binding §21).
   *
   * @example const { implementation, conformanceLevel } = await client.manifest();
   */
  async manifest(request?: RequestOptions): Promise<Manifest> {
    return this.run((await systemCalls()).manifestCall(), request);
  }
}
