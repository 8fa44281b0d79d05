/** The producer's and operator's side of a server. */
import type { EncodedJob } from "../core/codec/enqueue-encode.ts";
import type { EnqueueOptions, JobInput } from "../core/codec/enqueue-options.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type {
  ArgsFirst,
  DefinedJob,
  EnqueuedJobs,
  JobDefinition,
  JobDescription,
} from "../core/definition/define-job.ts";
import type { JobArgs, TravelledArgs } from "../core/job-args.ts";
import { SPEC_VERSION } from "../core/spec-version.ts";
import { checkBatch, definedJob } from "./args-check.ts";
import type { RequestOptions } from "./call.ts";
import type { ConnectionDeps, ConnectionOptions } from "./connection.ts";
import { jobTalk } from "./job-client.ts";
import type { SendJob } from "./job-talk.ts";
import { LiveClient } from "./live-client.ts";
import { submitBatch, submitOne } from "./submission.ts";

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
export class OjsClient extends LiveClient {
  /** {@link SPEC_VERSION}, under the name that ojs-sdk-guidelines §14.1 has for it. */
  static readonly specVersion: string = SPEC_VERSION;
  readonly #coalesce: boolean;
  /** Undefined until what it takes is loaded. */
  #send: SendJob | undefined;

  /**
   * Nothing is sent yet.
   *
   * @param deps Time and chance, for tests.
   * @throws OjsValidationError when an option cannot work.
   */
  constructor(options: ClientOptions = {}, deps: ConnectionDeps = {}) {
    super(options, deps);
    this.#coalesce = options.coalesce !== false;
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
  ): Promise<Job<TravelledArgs<Args>, Result>>;
  /**
   * The same for a type that is defined: its definition says what the arguments have to be, and its defaults are under the
   * options.
   *
   * @throws OjsValidationError `invalid_payload` with `details.issues` when the arguments do not fit the schema.
   * @example await client.enqueue(sendEmail, ["ada@example.com", "welcome"], { delay: "5m" });
   */
  async enqueue<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
    definition: JobDefinition<Input, Result, Args, Returned>,
    ...call: ArgsFirst<Input, [options: EnqueueOptions, request: RequestOptions]>
  ): Promise<Job<TravelledArgs<Input>, Result>>;
  async enqueue(
    what: string | JobDescription,
    args?: JobArgs,
    options?: EnqueueOptions,
    request?: RequestOptions,
  ): Promise<Job> {
    const given = typeof what === "string" ? { type: what, args, options } : await definedJob(what, args, options);
    const { clock } = this.connection;
    return submitOne(
      this.chain,
      this.#withId(given),
      () => clock.now(),
      (encoded) => this.#send?.(encoded, request) ?? this.#sendFirst(encoded, request),
    );
  }

  /**
   * Enqueues up to 10,000 jobs, all or none of them; resolves with the jobs in the order of the input.
   *
   * @throws As {@link enqueue}; `details.field` begins with the place of the culprit, such as `jobs[3]`.
   * @example
   * await client.enqueueBatch(users.map((user) => ({ type: "email.send", args: { to: user.email } })));
   * @example
   * const [mail, report] = await client.enqueueBatch([sendEmail.with([to, "welcome"]), buildReport.with({ year: 2026 })]);
   */
  async enqueueBatch<const Jobs extends readonly DefinedJob[]>(
    jobs: Jobs,
    request?: RequestOptions,
  ): Promise<EnqueuedJobs<Jobs>>;
  async enqueueBatch(jobs: readonly JobInput<JobArgs>[], request?: RequestOptions): Promise<readonly Job[]>;
  async enqueueBatch(jobs: readonly JobInput<JobArgs>[], request?: RequestOptions): Promise<readonly Job[]> {
    if (jobs.length === 0) return [];
    await checkBatch(jobs);
    const requests = jobs.map((job) => this.#withId(job));
    return submitBatch(
      this.chain,
      requests,
      () => this.connection.clock.now(),
      async (encoded) => this.run((await jobTalk.load()).enqueueBatchCall(encoded), request),
    );
  }

  /** What is sent was written before: a caller may change it while this is loaded. */
  async #sendFirst(encoded: EncodedJob, request: RequestOptions | undefined): Promise<Job> {
    const { senderOf } = await jobTalk.load();
    this.#send ??= senderOf(this.connection, this.#coalesce);
    return this.#send(encoded, request);
  }

  #withId({ type, args, options }: { type: string; args?: unknown; options?: EnqueueOptions | undefined }) {
    return { id: options?.id ?? this.connection.newId(), type, args, ...(options === undefined ? {} : { options }) };
  }
}
