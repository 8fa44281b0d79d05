/** The part of a client that listens. What it takes to do so is loaded with the first subscription. */
import type { JobDefinition, JobDescription } from "../core/definition/define-job.ts";
import type { JobArgs } from "../core/job-args.ts";
import type { DefinedJobEvent, EventOfOneJob, GapEvent } from "./live/live-event.ts";
import type { DefinedJobsOptions, SubscribeChannelsOptions, SubscribeOptions } from "./live/subscribe-options.ts";
import { LiveEvents } from "./live/subscription.ts";
import type { Listening, ListenOptions } from "./live/wanted.ts";
import type { AwaitedJob, AwaitedWorkflow, ResultOptions, WorkflowOutcome } from "./results/result-options.ts";
import { WorkflowClient } from "./workflow-client.ts";

/** See above (ojs-realtime §2, ojs-results §8). */
export abstract class LiveClient extends WorkflowClient {
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
  subscribe(options?: SubscribeChannelsOptions): LiveEvents;
  /**
   * The same for the jobs of some definitions, which say what the events tell. Gaps are told in any case, as `kind: "gap"`.
   *
   * @example
   * for await (const event of client.subscribe({ jobs: [sendEmail, buildReport], types: ["job.completed"] })) {
   *   if (sendEmail.is(event) && event.kind === "job") console.log(event.data.result?.messageId);
   * }
   */
  subscribe<const Jobs extends readonly JobDescription[]>(
    options: SubscribeChannelsOptions & DefinedJobsOptions<Jobs>,
  ): LiveEvents<DefinedJobEvent<Jobs[number]> | GapEvent>;
  subscribe(options?: ListenOptions): LiveEvents {
    return this.#listen({ operation: "subscribe" }, options);
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
  subscribeJob(id: string, options?: SubscribeOptions): LiveEvents;
  /**
   * The same for a job that is at hand, which says what its result is.
   *
   * @example
   * const job = await client.enqueue(buildReport, { year: 2026 });
   * for await (const event of client.subscribeJob(job)) {
   *   if (event.kind === "job") console.log(event.type, event.data.result?.url);
   * }
   */
  subscribeJob<Result>(job: AwaitedJob<Result>, options?: SubscribeOptions): LiveEvents<EventOfOneJob<string, Result>>;
  /**
   * The same for a job of which only the id is at hand, and the definition of its type. The job is looked at first.
   *
   * @throws From the loop: OjsValidationError when the job is of another type.
   * @example for await (const event of client.subscribeJob(buildReport, id)) console.log(event.type);
   */
  subscribeJob<Input extends JobArgs, Result, Args extends readonly unknown[], Returned, Type extends string>(
    definition: JobDefinition<Input, Result, Args, Returned, Type>,
    id: string,
    options?: SubscribeOptions,
  ): LiveEvents<EventOfOneJob<Type, Result>>;
  subscribeJob(
    first: string | AwaitedJob<unknown> | JobDescription,
    second?: string | SubscribeOptions,
    third?: SubscribeOptions,
  ): LiveEvents {
    const job = typeof first === "object" && !("id" in first) ? { definition: first, id: String(second) } : first;
    return this.#listen({ operation: "subscribeJob", job }, typeof second === "object" ? second : third);
  }

  /**
   * Listens to what happens in a queue and to it, also before its first job.
   *
   * @throws From the loop: as {@link subscribe}.
   * @example
   * await using failures = client.subscribeQueue("email", { types: ["job.failed"] });
   * for await (const event of failures) console.warn(event.data.error);
   */
  subscribeQueue(name: string, options?: SubscribeOptions): LiveEvents;
  /**
   * The same for the jobs of some definitions in the queue, which say what the events tell.
   *
   * @example
   * for await (const event of client.subscribeQueue("email", { jobs: [sendEmail] })) console.log(event.type);
   */
  subscribeQueue<const Jobs extends readonly JobDescription[]>(
    name: string,
    options: SubscribeOptions & DefinedJobsOptions<Jobs>,
  ): LiveEvents<DefinedJobEvent<Jobs[number]> | GapEvent>;
  subscribeQueue(name: string, options?: ListenOptions): LiveEvents {
    return this.#listen({ operation: "subscribeQueue", name }, options);
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
    const { awaitResult } = await import("./results/await-result.ts");
    // The caller's promise about its workers.
    return (await awaitResult(this.connection.requester, this.chain, job, options)) as Result;
  }

  /**
   * Waits for a workflow to end, and resolves with it and with what its steps returned: `results` in their order, nested as they are,
   * and `byName` for graphs. Definitions say the types. Where a step returned nothing, or has failed in a batch, there is null.
   *
   * @throws OjsWorkflowFailedError when the workflow has failed or was cancelled; OjsTimeoutError after `timeout`; OjsError
   * `aborted`; OjsNotFoundError when there is no such workflow (any more).
   * @example
   * const workflow = await client.createWorkflow(chain([fetchData.with([url]), group([writeFile.with("csv"), writeFile.with("pdf")])]));
   * const { results: [data, [csv, pdf]] } = await client.workflowResult(workflow, { timeout: "10m" });
   */
  async workflowResult<Results = unknown>(
    workflow: string | AwaitedWorkflow<Results>,
    options: ResultOptions = {},
  ): Promise<WorkflowOutcome<Results>> {
    const { awaitWorkflow } = await import("./results/await-workflow.ts");
    // As above: what steps return is the promise of their definitions.
    return (await awaitWorkflow(this.connection.requester, this.chain, workflow, options)) as WorkflowOutcome<Results>;
  }

  #listen(what: Listening, options: ListenOptions = {}): LiveEvents {
    const { requester } = this.connection;
    return new LiveEvents(async (subscriber) => {
      const { liveEvents } = await import("./live/subscribe.ts");
      return liveEvents(requester, what, options, subscriber);
    });
  }
}
