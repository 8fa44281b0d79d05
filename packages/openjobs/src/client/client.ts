/** The producer's and operator's side of a server. */
import { encodeEnqueue, encodeEnqueueBatch } from "../core/codec/enqueue-encode.ts";
import type { EnqueueOptions, JobInput } from "../core/codec/enqueue-options.ts";
import type { EventPage, EventQuery } from "../core/codec/event-decode.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { Page, PageOptions } from "../core/codec/page-decode.ts";
import type { QueueInfo, QueueStats } from "../core/codec/queue-decode.ts";
import type { Health, Manifest } from "../core/codec/system-decode.ts";
import type { RequestOptions } from "./call.ts";
import { type DeadLetterQuery, listDeadLetterJobsCall, retryDeadLetterJobCall } from "./calls/dead-letters.ts";
import { activateJobCall, enqueueBatchCall, getJobCall } from "./calls/jobs.ts";
import { getQueueStatsCall, listQueuesCall, pauseQueueCall, resumeQueueCall } from "./calls/queues.ts";
import { healthCall, listEventsCall, manifestCall } from "./calls/system.ts";
import { Coalescer } from "./coalesce/coalescer.ts";
import { type Connection, type ConnectionDeps, type ConnectionOptions, connect } from "./connection.ts";
import type { JobArgs, TravelledArgs } from "./job-args.ts";
import { cancelOnce, discardOnce, enqueueOnce } from "./once.ts";

/** How an {@link OjsClient} reaches its server. */
export interface ClientOptions extends ConnectionOptions {
  /**
   * Whether `enqueue` calls that are made at the same time may travel as one request, each with its own outcome, if the
   * server offers that. Default true; a call that is alone is not delayed by it.
   */
  readonly coalesce?: boolean;
}

/**
 * Enqueues jobs and looks after them (ojs-http-binding §9, §11, §12).
 *
 * Every method takes as its last argument how this one call is made (`signal`, `timeout`, `totalTimeout`) and rejects with
 * an {@link OjsError}: a subclass for what one branches on, `code` for the rest, `message` and `hint` for people. Requests
 * that did not get through are sent again when that can do no harm; a job is never enqueued twice by it.
 *
 * @example
 * await using client = new OjsClient({ url: "http://localhost:8080" });
 * const job = await client.enqueue("email.send", { to: "ada@example.com" }, { delay: "5m" });
 * console.log(job.id, job.state);
 */
export class OjsClient {
  readonly #connection: Connection;
  readonly #coalescer: Coalescer | undefined;

  /**
   * Nothing is sent yet.
   *
   * @param deps Time and chance, for tests.
   * @throws OjsValidationError when an option cannot work.
   */
  constructor(options: ClientOptions = {}, deps: ConnectionDeps = {}) {
    this.#connection = connect(options, deps);
    const { requester, clock } = this.#connection;
    this.#coalescer = options.coalesce === false ? undefined : new Coalescer(requester, clock);
  }

  /**
   * Enqueues a job. An array of arguments travels as it is; anything else becomes the only argument.
   *
   * The client chooses the job's id, so that a request that is sent again enqueues nothing new. To make enqueuing idempotent
   * beyond this call, choose `id` yourself.
   *
   * @throws OjsValidationError for arguments that JSON cannot carry (`details.field` is the path) and for what the server
   * refuses; OjsConflictError `duplicate` when another job has the id or the unique key.
   * @example
   * await client.enqueue("report.build", [2026, "pdf"]);
   * await client.enqueue("email.send", { to }, { queue: "email", priority: "high", retry: { maxAttempts: 5 } });
   * await client.enqueue("cache.clear", [], {}, { signal: AbortSignal.timeout(1_000) });
   */
  async enqueue<Args extends JobArgs = readonly [], Result = unknown>(
    type: string,
    args?: Args,
    options?: EnqueueOptions,
    request?: RequestOptions,
  ): Promise<Job<TravelledArgs<Args>, Result>> {
    const { requester, clock } = this.#connection;
    const encoded = encodeEnqueue(this.#withId({ type, args, options }), clock.now());
    const job = await (this.#coalescer?.enqueue(encoded, request) ?? enqueueOnce(requester, encoded, request));
    // What travels is what was given; the result's type is the caller's promise about its workers.
    return job as Job<TravelledArgs<Args>, Result>;
  }

  /**
   * Enqueues up to 10,000 jobs, all or none of them; resolves with the jobs in the order of the input.
   *
   * @throws As {@link enqueue}; `details.field` begins with the place of the culprit, such as `jobs[3]`.
   * @example
   * await client.enqueueBatch(users.map((user) => ({ type: "email.send", args: { to: user.email } })));
   */
  async enqueueBatch(jobs: readonly JobInput<JobArgs>[], request?: RequestOptions): Promise<readonly Job[]> {
    if (jobs.length === 0) return [];
    const { requester, clock } = this.#connection;
    const requests = jobs.map((job) => this.#withId(job));
    return requester.run(enqueueBatchCall(encodeEnqueueBatch(requests, clock.now())), request);
  }

  /**
   * A job as it is now, with its result or its errors.
   *
   * @throws OjsNotFoundError when there is no such job (any more).
   * @example const { state, result } = await client.getJob(id);
   */
  async getJob(id: string, request?: RequestOptions): Promise<Job> {
    return this.#connection.requester.run(getJobCall(id), request);
  }

  /**
   * Cancels a job that has not ended, also one that is running; one that is cancelled already is a success.
   *
   * @throws OjsNotFoundError; OjsConflictError when the job has ended in another way.
   * @example await client.cancelJob(job.id);
   */
  async cancelJob(id: string, request?: RequestOptions): Promise<Job> {
    return cancelOnce(this.#connection.requester, id, request);
  }

  /**
   * Releases a job that was enqueued with `pending: true`. Not sent again when the answer gets lost.
   *
   * @throws OjsNotFoundError; OjsConflictError when the job is not pending.
   * @example
   * const order = await client.enqueue("order.ship", [7], { pending: true });
   * await client.activateJob(order.id); // paid
   */
  async activateJob(id: string, request?: RequestOptions): Promise<Job> {
    return this.#connection.requester.run(activateJobCall(id), request);
  }

  /**
   * The queues, by name.
   *
   * @example const { items, nextCursor } = await client.listQueues({ limit: 100 });
   */
  async listQueues(page: PageOptions = {}, request?: RequestOptions): Promise<Page<QueueInfo>> {
    return this.#connection.requester.run(listQueuesCall(page), request);
  }

  /**
   * How many jobs of a queue are in which state, and how fast it is.
   *
   * @example const { counts, deadLetters } = await client.getQueueStats("email");
   */
  async getQueueStats(name: string, request?: RequestOptions): Promise<QueueStats> {
    return this.#connection.requester.run(getQueueStatsCall(name), request);
  }

  /**
   * Stops handing out the jobs of a queue. Running ones go on, and new ones are still accepted.
   *
   * @example await client.pauseQueue("email");
   */
  async pauseQueue(name: string, request?: RequestOptions): Promise<QueueInfo> {
    return this.#connection.requester.run(pauseQueueCall(name), request);
  }

  /**
   * Hands out the jobs of a paused queue again.
   *
   * @example await client.resumeQueue("email");
   */
  async resumeQueue(name: string, request?: RequestOptions): Promise<QueueInfo> {
    return this.#connection.requester.run(resumeQueueCall(name), request);
  }

  /**
   * Jobs that failed for good and were kept (`onExhaustion: "dead_letter"`), the latest first.
   *
   * @example const { items } = await client.listDeadLetterJobs({ queue: "email", limit: 20 });
   */
  async listDeadLetterJobs(query: DeadLetterQuery = {}, request?: RequestOptions): Promise<Page<Job>> {
    return this.#connection.requester.run(listDeadLetterJobsCall(query), request);
  }

  /**
   * Makes a dead letter job available again, with all its attempts. Not sent again when the answer gets lost.
   *
   * @throws OjsNotFoundError when there is no such dead letter.
   * @example for (const job of items) await client.retryDeadLetterJob(job.id);
   */
  async retryDeadLetterJob(id: string, request?: RequestOptions): Promise<Job> {
    return this.#connection.requester.run(retryDeadLetterJobCall(id), request);
  }

  /**
   * Removes a dead letter job for good.
   *
   * @throws OjsNotFoundError when there is no such dead letter.
   * @example await client.discardDeadLetterJob(job.id);
   */
  async discardDeadLetterJob(id: string, request?: RequestOptions): Promise<void> {
    return discardOnce(this.#connection.requester, id, request);
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
    return this.#connection.requester.run(listEventsCall(query), request);
  }

  /**
   * How the server feels. An unhealthy one is an answer too; only one that cannot be reached is an error.
   *
   * @example if (!(await client.health()).healthy) process.exitCode = 1;
   */
  async health(request?: RequestOptions): Promise<Health> {
    return this.#connection.requester.run(healthCall(), request);
  }

  /**
   * What the server can do and what it promises (ojs-http-binding §21).
   *
   * @example const { implementation, conformanceLevel } = await client.manifest();
   */
  async manifest(request?: RequestOptions): Promise<Manifest> {
    return this.#connection.requester.run(manifestCall(), request);
  }

  /**
   * Lets go of idle connections; calls under way are finished, and later ones still work. A transport that was given to the
   * constructor is left alone.
   *
   * @example await client.close();
   */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** `await using client = …` closes it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #withId({ type, args, options }: { type: string; args?: unknown; options?: EnqueueOptions | undefined }) {
    return { id: options?.id ?? this.#connection.newId(), type, args, ...(options === undefined ? {} : { options }) };
  }
}
