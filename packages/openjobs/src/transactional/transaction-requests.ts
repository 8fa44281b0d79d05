/**
 * From the words of the API to the engine and back. Requests go through the text that a client would send, so that nothing is
 * shared between the caller and the store, and everything is checked as a server checks it.
 */
import { readBatchRequest } from "../core/batch-request.ts";
import { bodyOfJobs, encodeEnqueue, encodeEnqueueBatch } from "../core/codec/enqueue-encode.ts";
import type { EnqueueOptions, JobInput } from "../core/codec/enqueue-options.ts";
import { decodeJob, type Job } from "../core/codec/job-decode.ts";
import { encodeDeduplicated, encodeJob } from "../core/codec/job-encode.ts";
import { encodeWorkflowAnswer } from "../core/codec/workflow-answer.ts";
import { decodeWorkflow, type Workflow } from "../core/codec/workflow-decode.ts";
import type { WorkflowDefinition } from "../core/codec/workflow-definition.ts";
import { encodeWorkflow } from "../core/codec/workflow-encode.ts";
import type { JobArgs, TravelledArgs } from "../core/job-args.ts";
import { readJobRequest } from "../core/job-request.ts";
import { parseJson } from "../core/json.ts";
import { isJsonObject } from "../core/json-object.ts";
import { readWorkflow } from "../core/workflow/read-workflow.ts";
import type { Enqueued } from "../engine/enqueued.ts";
import type { Task } from "../engine/transaction/task.ts";
import { TransactionEngine } from "../engine/transaction/transaction-engine.ts";

/** One job as the caller describes it. */
interface JobOf<Args> {
  readonly type: string;
  readonly args: Args | undefined;
  readonly options: EnqueueOptions | undefined;
}

/** What a transaction can ask for, each as a task that is done at once or later. */
export class TransactionRequests {
  readonly #engine = new TransactionEngine();

  /** See `TransactionClient.enqueue`. */
  *enqueue<Args extends JobArgs, Result>(asked: JobOf<Args>): Task<Job<TravelledArgs<Args>, Result>> {
    const moment = yield* this.#engine.begin();
    const { body } = encodeEnqueue(withId(asked, moment.newId), moment.now);
    const request = readJobRequest(parseJson(body), moment);
    const enqueued = yield* this.#engine.enqueue(moment, request);
    // What travels is what was given; the result's type is the caller's promise about its workers.
    return jobOf(enqueued) as Job<TravelledArgs<Args>, Result>;
  }

  /** See `TransactionClient.enqueueBatch`. */
  *enqueueBatch(jobs: readonly JobInput<JobArgs>[]): Task<readonly Job[]> {
    if (jobs.length === 0) return [];
    const moment = yield* this.#engine.begin();
    const inputs = jobs.map(({ type, args, options }) => withId({ type, args, options }, moment.newId));
    const body = parseJson(bodyOfJobs(encodeEnqueueBatch(inputs, moment.now)));
    const requests = readBatchRequest(isJsonObject(body) ? body.jobs : undefined, moment);
    return (yield* this.#engine.enqueueBatch(moment, requests)).map(jobOf);
  }

  /** See `TransactionClient.createWorkflow`. */
  *createWorkflow(definition: WorkflowDefinition): Task<Workflow> {
    const moment = yield* this.#engine.begin();
    const body = parseJson(encodeWorkflow(definition, moment.newId()));
    const request = readWorkflow(isJsonObject(body) ? body : {}, moment);
    const { workflow, steps } = yield* this.#engine.createWorkflow(moment, request);
    return decodeWorkflow(JSON.parse(encodeWorkflowAnswer(workflow, steps)));
  }
}

function withId<Args>({ type, args, options }: JobOf<Args>, newId: () => string) {
  return { id: options?.id ?? newId(), type, args, ...(options === undefined ? {} : { options }) };
}

function jobOf({ job, deduplicated }: Enqueued): Job {
  return decodeJob(JSON.parse(deduplicated ? encodeDeduplicated(job) : encodeJob(job)));
}
