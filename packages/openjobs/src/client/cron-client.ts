/** The part of a client that looks after recurring jobs. */
import type { CronJob, CronRun } from "../core/codec/cron-decode.ts";
import type { CronJobChanges, CronJobInput } from "../core/codec/cron-definition.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { Page } from "../core/codec/page-decode.ts";
import { check } from "./args-check.ts";
import type { RequestOptions } from "./call.ts";
import type { CronJobQuery } from "./calls/cron.ts";
import { goneOnce } from "./gone-once.ts";
import { OperatorClient } from "./operator-client.ts";
import { actsOnEnqueue } from "./submission.ts";

const cronCalls = () => import("./calls/cron.ts");
const cronMiddleware = () => import("./cron-middleware.ts");

/** See above (ojs-cron §8). */
export abstract class CronClient extends OperatorClient {
  /**
   * Registers a recurring job, or changes the one of that name to be like this: an application can do it whenever it starts.
   *
   * @throws OjsValidationError for an expression or a time zone that does not exist; `details.field` says which.
   * @example
   * await client.registerCronJob({
   *   name: "daily-report",
   *   cron: "0 9 * * MON-FRI",
   *   timezone: "Europe/Berlin",
   *   type: "report.build",
   *   args: { of: "yesterday" },
   *   options: { queue: "reports", retry: { maxAttempts: 3 } },
   * });
   */
  async registerCronJob(job: CronJobInput, request?: RequestOptions): Promise<CronJob> {
    await check(job);
    const { registerCronJobCall } = await cronCalls();
    const send = (final: CronJobInput): Promise<CronJob> => this.run(registerCronJobCall(final), request);
    return actsOnEnqueue(this.chain) ? (await cronMiddleware()).submitCronJob(this.chain, job, send) : send(job);
  }

  /**
   * The recurring jobs, by name.
   *
   * @example const { items } = await client.listCronJobs({ enabled: true });
   */
  async listCronJobs(query: CronJobQuery = {}, request?: RequestOptions): Promise<Page<CronJob>> {
    return this.run((await cronCalls()).listCronJobsCall(query), request);
  }

  /**
   * A recurring job, with the times of its last and next run.
   *
   * @throws OjsNotFoundError when there is none of that name.
   * @example const { nextRunAt } = await client.getCronJob("daily-report");
   */
  async getCronJob(name: string, request?: RequestOptions): Promise<CronJob> {
    return this.run((await cronCalls()).getCronJobCall(name), request);
  }

  /**
   * Changes what is given, and leaves the rest as it is.
   *
   * @throws OjsNotFoundError; OjsValidationError as for {@link registerCronJob}.
   * @example await client.updateCronJob("daily-report", { cron: "0 7 * * *", overlapPolicy: "allow" });
   */
  async updateCronJob(name: string, changes: CronJobChanges, request?: RequestOptions): Promise<CronJob> {
    await check(changes);
    return this.#update("updateCronJob", name, changes, request);
  }

  /**
   * Lets a disabled recurring job run again, from its next time on.
   *
   * @throws OjsNotFoundError when there is none of that name.
   * @example await client.enableCronJob("daily-report");
   */
  async enableCronJob(name: string, request?: RequestOptions): Promise<CronJob> {
    return this.#update("enableCronJob", name, { enabled: true }, request);
  }

  /**
   * Keeps a recurring job, but does not run it. Jobs of earlier runs go on.
   *
   * @throws OjsNotFoundError when there is none of that name.
   * @example await client.disableCronJob("daily-report");
   */
  async disableCronJob(name: string, request?: RequestOptions): Promise<CronJob> {
    return this.#update("disableCronJob", name, { enabled: false }, request);
  }

  /**
   * Runs a recurring job now, beside its times. Not sent again when the answer gets lost.
   *
   * @throws OjsNotFoundError when there is none of that name.
   * @example const job = await client.triggerCronJob("daily-report");
   */
  async triggerCronJob(name: string, request?: RequestOptions): Promise<Job> {
    return this.run((await cronCalls()).triggerCronJobCall(name), request);
  }

  /**
   * The latest runs of a recurring job, the last one first: also those that were skipped, and why. An extension of ours.
   *
   * @throws OjsNotFoundError when there is none of that name.
   * @example const [last] = await client.listCronRuns("daily-report", { limit: 1 });
   */
  async listCronRuns(
    name: string,
    { limit }: { readonly limit?: number } = {},
    request?: RequestOptions,
  ): Promise<readonly CronRun[]> {
    return this.run((await cronCalls()).listCronRunsCall(name, limit), request);
  }

  /**
   * Removes a recurring job. Jobs of earlier runs go on.
   *
   * @throws OjsNotFoundError when there is none of that name.
   * @example await client.deleteCronJob("daily-report");
   */
  async deleteCronJob(name: string, request?: RequestOptions): Promise<void> {
    const { deleteCronJobCall } = await cronCalls();
    return goneOnce(this.connection.requester, deleteCronJobCall(name), request);
  }

  async #update(operation: string, name: string, changes: CronJobChanges, request?: RequestOptions): Promise<CronJob> {
    const { updateCronJobCall } = await cronCalls();
    const send = (final: CronJobChanges): Promise<CronJob> =>
      this.run(updateCronJobCall(operation, name, final), request);
    if (!actsOnEnqueue(this.chain)) return send(changes);
    const { changesJob, submitCronJob } = await cronMiddleware();
    return changesJob(changes) ? submitCronJob(this.chain, changes, send) : send(changes);
  }
}
