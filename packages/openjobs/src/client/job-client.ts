/** The part of a client that looks after jobs that are there, one or many. */

import type { JobCheckpoint, JobHistoryEvent, JobProgress } from "../core/codec/job-course.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { JobSelection, SelectionResult } from "../core/codec/job-selection.ts";
import type { Page, PageOptions } from "../core/codec/page-decode.ts";
import type { JobDefinition, JobDescription } from "../core/definition/define-job.ts";
import type { JobArgs, TravelledArgs } from "../core/job-args.ts";
import type { RequestOptions } from "./call.ts";
import type { JobChanges, SelectionOperation } from "./calls/selections.ts";
import { ConnectedClient } from "./connected-client.ts";
import { type OnDemand, onDemand } from "./on-demand.ts";

/** For the classes upon this one too. */
export const jobTalk: OnDemand<typeof import("./job-talk.ts")> = onDemand(() => import("./job-talk.ts"));
const courseCalls = () => import("./calls/job-course.ts");
const selectionCalls = () => import("./calls/selections.ts");

/** See above (ojs-http-binding §9, ojs-bulk-operations). */
export abstract class JobClient extends ConnectedClient {
  /**
   * A job as it is now, with its result or its errors. Middleware that encrypts or packs jobs makes it readable.
   *
   * @throws OjsNotFoundError when there is no such job (any more); what middleware throws that cannot read it.
   * @example const { state, result } = await client.getJob(id);
   */
  async getJob(id: string, request?: RequestOptions): Promise<Job>;
  /**
   * The same for a job whose type is defined: its definition says what its arguments and its result are.
   *
   * @throws OjsValidationError when the job is of another type; `details.actual` says which.
   * @example const { args: [to], result } = await client.getJob(sendEmail, id);
   */
  async getJob<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
    definition: JobDefinition<Input, Result, Args, Returned>,
    id: string,
    request?: RequestOptions,
  ): Promise<Job<TravelledArgs<Input>, Result>>;
  async getJob(what: string | JobDescription, second?: string | RequestOptions, third?: RequestOptions): Promise<Job> {
    const { getDefinedJob, getJobCall } = await jobTalk.load();
    if (typeof what === "string" && typeof second !== "string")
      return this.shown(await this.run(getJobCall(what), second));
    return this.shown(await getDefinedJob(this.connection.requester, "getJob", [what, second], third));
  }

  /**
   * Cancels a job that has not ended, also one that is running; one that is cancelled already is a success.
   *
   * @throws OjsNotFoundError; OjsConflictError when the job has ended in another way.
   * @example await client.cancelJob(job.id);
   */
  async cancelJob(id: string, request?: RequestOptions): Promise<Job>;
  /**
   * The same for a job whose type is defined. The job is looked at first, and one of another type is not cancelled.
   *
   * @throws OjsValidationError when the job is of another type.
   * @example const { args: [to] } = await client.cancelJob(sendEmail, id);
   */
  async cancelJob<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
    definition: JobDefinition<Input, Result, Args, Returned>,
    id: string,
    request?: RequestOptions,
  ): Promise<Job<TravelledArgs<Input>, Result>>;
  async cancelJob(
    what: string | JobDescription,
    second?: string | RequestOptions,
    third?: RequestOptions,
  ): Promise<Job> {
    const { requester } = this.connection;
    const { cancelDefinedJob, cancelOnce } = await jobTalk.load();
    if (typeof what === "string" && typeof second !== "string") return cancelOnce(requester, what, second);
    return cancelDefinedJob(requester, [what, second], third);
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
    const { activateJobCall } = await jobTalk.load();
    return this.run(activateJobCall(id), request);
  }

  /**
   * Changes the priority of a job that has not begun.
   *
   * @throws OjsNotFoundError; OjsConflictError when the job runs or has ended.
   * @example await client.updateJob(job.id, { priority: "high" });
   */
  async updateJob(id: string, changes: JobChanges, request?: RequestOptions): Promise<Job> {
    return this.run((await selectionCalls()).updateJobCall(id, changes), request);
  }

  /**
   * Cancels many jobs, each with its own outcome (ojs-bulk-operations §6). Without `states`, a filter finds jobs that wait.
   *
   * @throws OjsValidationError for a filter without conditions.
   * @example
   * const { succeeded, skipped } = await client.cancelJobs({ filter: { queue: "reports", states: ["scheduled"] } });
   */
  async cancelJobs(selection: JobSelection, request?: RequestOptions): Promise<SelectionResult> {
    return this.#select("cancelJobs", selection, request);
  }

  /**
   * Makes many jobs that failed available again, each with its own outcome (ojs-bulk-operations §7).
   *
   * @throws OjsValidationError for a filter without conditions.
   * @example
   * const { items } = await client.retryJobs({ ids });
   * for (const { jobId, ok, reason } of items) if (!ok) console.warn(jobId, reason);
   */
  async retryJobs(selection: JobSelection, request?: RequestOptions): Promise<SelectionResult> {
    return this.#select("retryJobs", selection, request);
  }

  /**
   * Removes many jobs that have ended, for good, each with its own outcome (ojs-bulk-operations §8).
   *
   * @throws OjsValidationError for a filter without conditions.
   * @example await client.deleteJobs({ filter: { states: ["completed"], enqueuedBefore: new Date("2026-01-01") } });
   */
  async deleteJobs(selection: JobSelection, request?: RequestOptions): Promise<SelectionResult> {
    return this.#select("deleteJobs", selection, request);
  }

  /**
   * What happened to a job, oldest first, as far as the server knows (ojs-execution-history §7.1).
   *
   * @throws OjsNotFoundError when there is no such job (any more).
   * @example const { items } = await client.getJobHistory(id);
   */
  async getJobHistory(id: string, page: PageOptions = {}, request?: RequestOptions): Promise<Page<JobHistoryEvent>> {
    return this.run((await courseCalls()).getJobHistoryCall(id, page), request);
  }

  /**
   * How far a job has come, as its handler reported last (ojs-progress §7).
   *
   * @throws OjsNotFoundError when there is no such job (any more).
   * @example const { progress, message } = await client.getJobProgress(id);
   */
  async getJobProgress(id: string, request?: RequestOptions): Promise<JobProgress> {
    return this.run((await courseCalls()).getJobProgressCall(id), request);
  }

  /**
   * What a job goes on from when it runs again: what its handler or its steps have kept (ojs-durable-execution §4).
   *
   * @throws OjsNotFoundError when nothing was kept (`details.resource_type` is then `checkpoint`), or there is no such job (any more).
   * @example const { state, sequence } = await client.getJobCheckpoint(id);
   */
  async getJobCheckpoint(id: string, request?: RequestOptions): Promise<JobCheckpoint> {
    return this.run((await courseCalls()).getJobCheckpointCall(id), request);
  }

  /**
   * Lets a job begin anew when it runs again, steps that are done included; nothing happens when it has kept nothing.
   *
   * @throws OjsNotFoundError when there is no such job (any more).
   * @example
   * await client.deleteJobCheckpoint(id);
   * await client.retryDeadLetterJob(id);
   */
  async deleteJobCheckpoint(id: string, request?: RequestOptions): Promise<void> {
    return this.run((await courseCalls()).deleteJobCheckpointCall(id), request);
  }

  async #select(
    operation: SelectionOperation,
    selection: JobSelection,
    request?: RequestOptions,
  ): Promise<SelectionResult> {
    const { selectionCall } = await selectionCalls();
    return this.run(selectionCall(operation, selection, this.connection.newId()), request);
  }
}
