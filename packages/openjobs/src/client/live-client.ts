/** The part of a client that listens. What it takes to do so is loaded with the first subscription. */
import { apiPath, queryString } from "./call.ts";
import type { Wanted } from "./live/subscribe.ts";
import { LiveEvents } from "./live/subscription.ts";
import type { ResultHub } from "./results/result-hub.ts";
import type { AwaitedJob, ResultOptions } from "./results/result-options.ts";
import { WorkflowClient } from "./workflow-client.ts";

/** Which events of a subscription are wanted; an absent list means all. What is missing is told in any case. */
export interface SubscribeOptions {
  /** Types of events, with `*` at the end for all that begin so: `["job.state_changed", "workflow.*"]`. */
  readonly types?: readonly string[];
  /** Only what belongs to these queues. */
  readonly queues?: readonly string[];
  /** Only what belongs to jobs of these types. */
  readonly jobTypes?: readonly string[];
  /** Go on behind this event, the `id` of one that was seen before. Default: what happens from now on. */
  readonly after?: string;
  /** Aborting it ends the loop over the events with an OjsError `aborted`; to end it without an error, close it. */
  readonly signal?: AbortSignal;
}

/** Options of {@link LiveClient.subscribe}. */
export interface SubscribeChannelsOptions extends SubscribeOptions {
  /** What to listen to: `job:ID`, `queue:NAME`; at most 300. Default: all. */
  readonly channels?: readonly string[];
}

/** See above (ojs-realtime §2, ojs-results §8). */
export abstract class LiveClient extends WorkflowClient {
  #results: ResultHub | undefined;

  /**
   * Listens to what happens on the server. Connections that break are opened again, for ever, and the stream goes on where it
   * was; what could not be told is a `gap`.
   *
   * @throws From the loop: OjsError when the server refuses (`unauthorized`, `not_found`, …), `unsupported` when the transport
   * carries no streams, `aborted`.
   * @example
   * for await (const event of client.subscribe({ types: ["job.discarded", "workflow.*"] })) {
   *   if (event.kind === "job") console.log(event.jobType, event.jobId);
   * }
   */
  subscribe({ channels, ...options }: SubscribeChannelsOptions = {}): LiveEvents {
    const path = apiPath("events", "stream") + filtered(options, { channel: channels ?? ["all"] });
    return this.#listen({ operation: "subscribe", path }, options);
  }

  /**
   * Listens to one job, until it has ended. One that has ended already tells its last move.
   *
   * @throws From the loop: as {@link subscribe}; OjsNotFoundError when there is no such job.
   * @example
   * for await (const event of client.subscribeJob(job.id)) {
   *   if (event.type === "job.progress") console.log(event.data.progress);
   *   if (event.kind === "state") console.log(event.from, event.to);
   * }
   */
  subscribeJob(id: string, options: SubscribeOptions = {}): LiveEvents {
    const path = apiPath("jobs", id, "events") + filtered(options);
    return this.#listen({ operation: "subscribeJob", path, jobId: id }, options);
  }

  /**
   * Listens to what happens in a queue and to it, also before its first job.
   *
   * @throws From the loop: as {@link subscribe}.
   * @example
   * await using failures = client.subscribeQueue("email", { types: ["job.failed"] });
   * for await (const event of failures) console.warn(event.data.error);
   */
  subscribeQueue(name: string, options: SubscribeOptions = {}): LiveEvents {
    const path = apiPath("queues", name, "events") + filtered(options);
    return this.#listen({ operation: "subscribeQueue", path }, options);
  }

  /**
   * Waits for a job to end, and resolves with what its handler returned (null when that was nothing). All waits of a client share
   * one connection, on which the server tells of ends; where there are no live events, the server is asked.
   *
   * @throws OjsJobFailedError when the job was discarded or cancelled; OjsTimeoutError after `timeout`; OjsError `aborted`;
   * OjsNotFoundError when there is no such job (any more).
   * @example
   * const job = await client.enqueue<[number, string], { url: string }>("report.build", [2026, "pdf"]);
   * const { url } = await client.result(job, { timeout: "5m" });
   */
  async result<Result = unknown>(job: string | AwaitedJob<Result>, options: ResultOptions = {}): Promise<Result> {
    const { requester } = this.connection;
    const { awaitResult, ResultHub } = await import("./results/await-result.ts");
    this.#results ??= new ResultHub(requester);
    const result = await awaitResult(this.#results, requester, typeof job === "string" ? { id: job } : job, options);
    // The caller's promise about its workers.
    return result as Result;
  }

  #listen(call: Pick<Wanted, "operation" | "path" | "jobId">, { after, signal }: SubscribeOptions): LiveEvents {
    const { requester } = this.connection;
    return new LiveEvents(async (subscriber) => {
      const { liveEvents } = await import("./live/subscribe.ts");
      return liveEvents(requester, { ...call, after, signal }, subscriber);
    });
  }
}

function filtered(
  { types, queues, jobTypes }: SubscribeOptions,
  channels: { readonly channel?: readonly string[] } = {},
): string {
  return queryString({ ...channels, event_types: types, queues, job_types: jobTypes });
}
