/** A type of job as one value: its name, the types of its arguments and result, and its defaults. */
import type { CronJobOptions } from "../codec/cron-definition.ts";
import { refusedOption } from "../codec/enqueue-options-encode.ts";
import type { Job } from "../codec/job-decode.ts";
import type { Step, StepOptions } from "../codec/workflow-definition.ts";
import type { JobArgs, TravelledArgs } from "../job-args.ts";
import {
  type ArgsRule,
  isStandardSchema,
  type SchemaInput,
  type SchemaOutput,
  type StandardSchema,
} from "./standard-schema.ts";

/** What the jobs of a type have unless their producer says otherwise; each is replaced as a whole. */
export type JobDefaults = CronJobOptions;

/** Arguments as a producer may give them: what is only read may be read-only. */
export type GivenArgs<Input> = Input extends readonly unknown[] ? Readonly<Input> : Input;

/** The parameters of a call that begins with arguments: they can be left out if there may be none. */
export type ArgsFirst<Input, Rest extends readonly unknown[]> =
  readonly [] extends GivenArgs<Input>
    ? [args?: GivenArgs<Input>, ...rest: Partial<Rest>]
    : [args: GivenArgs<Input>, ...rest: Partial<Rest>];

/** What the handler gets of arguments that a schema read: an array as it is, anything else as the only element of one. */
export type ReadArgs<Input, Output> = Input extends readonly unknown[]
  ? Output extends readonly unknown[]
    ? Output
    : readonly [Output]
  : readonly [Output];

/** What everybody may know of a definition, whatever its types. */
export interface JobDescription extends ArgsRule {
  readonly type: string;
  readonly options: JobDefaults;
  /** What results have to fit before they are stored. */
  readonly resultSchema?: StandardSchema;
}

/** What a live event is known to tell once it is known which type of job it is about. */
export type JobEventFacts<Type extends string, Result> = {
  readonly jobId: string;
  readonly jobType: Type;
} & ({ readonly kind: "state" } | { readonly kind: "job"; readonly data: { readonly result?: Result } });

/** A live event, as far as a definition looks at it. */
export interface AnyEvent {
  readonly kind: string;
  readonly jobType?: string;
}

/** For the compiler, which would otherwise take a "no" for one about all definitions with the same types; never there at run time. */
export interface Recognised {
  readonly "~recognised": true;
}

/** A job of a defined type: a step of a workflow, one of a batch, or what a recurring job enqueues. */
export interface DefinedJob<Input extends JobArgs = JobArgs, Result = unknown> extends Step<Input> {
  readonly definition: JobDescription;
  /** For the compiler; never there at run time. */
  readonly "~result"?: Result;
}

/** What became of a job that was given to `enqueueBatch`: what its definition says, if it has one. */
export type EnqueuedJob<Given> =
  Given extends DefinedJob<infer Input, infer Result> ? Job<TravelledArgs<Input>, Result> : Job;

/** The same for all jobs of a batch, in their order. */
export type EnqueuedJobs<Jobs extends readonly unknown[]> = {
  readonly [Index in keyof Jobs]: EnqueuedJob<Jobs[Index]>;
};

/**
 * A type of job. Producers give `Input`, handlers get `Args`; handlers return `Returned`, and the job has `Result`. Only a
 * schema that transforms makes a difference between the two of a pair.
 */
export interface JobDefinition<
  Input extends JobArgs = JobArgs,
  Result = unknown,
  Args extends readonly unknown[] = TravelledArgs<Input>,
  Returned = Result,
  Type extends string = string,
> extends JobDescription {
  readonly type: Type;
  /** For the compiler; never there at run time. */
  readonly "~types"?: {
    readonly input: Input;
    readonly result: Result;
    readonly args: Args;
    readonly returned: Returned;
  };
  /**
   * A job of this type as a plain value, with the defaults under its options.
   *
   * @example await client.createWorkflow(chain([fetchData.with([url]), notify.with([user], { delay: "5m" })]));
   */
  with(...given: ArgsFirst<Input, [options: StepOptions]>): DefinedJob<Input, Result>;
  /**
   * Whether a live event is about a job of this type, which tells the compiler what `data.result` of `job.completed` is.
   *
   * @example
   * for await (const event of client.subscribeQueue("email")) {
   *   if (sendEmail.is(event) && event.type === "job.completed") console.log(event.jobId, event.data.result?.messageId);
   * }
   */
  is<Event extends AnyEvent>(event: Event): event is Event & JobEventFacts<Type, Result> & Recognised;
  /**
   * Whether a job is of this type, which tells the compiler what its arguments and result are.
   *
   * @example
   * const [job] = (await client.listDeadLetterJobs()).items;
   * if (job !== undefined && sendEmail.is(job)) console.log(job.args[0]);
   */
  is(job: Job): job is Job<TravelledArgs<Input>, Result>;
}

/** Schemas of a type of job, and its defaults. */
export interface JobSchemas<ArgsSchema extends StandardSchema, ResultSchema extends StandardSchema>
  extends JobDefaults {
  /** Of the whole array of arguments, or of the only argument if that is not an array. */
  readonly args: ArgsSchema;
  /** Of what the handler returns. Default: anything. */
  readonly result?: ResultSchema;
}

/**
 * Defines a type of job once, for everybody who has to do with it. With schemas of any library that follows Standard Schema
 * the types are inferred, and arguments are checked before they are sent and again before the handler gets them.
 *
 * @throws OjsValidationError when there is no type, or a schema is none.
 * @example
 * export const resize = defineJob("image.resize", {
 *   args: z.object({ url: z.url(), widths: z.array(z.int()) }),
 *   result: z.object({ urls: z.array(z.string()) }),
 *   queue: "images",
 * });
 */
export function defineJob<
  ArgsSchema extends StandardSchema<JobArgs>,
  ResultSchema extends StandardSchema = StandardSchema,
  Type extends string = string,
>(
  type: Type,
  definition: JobSchemas<ArgsSchema, ResultSchema>,
): JobDefinition<
  SchemaInput<ArgsSchema>,
  SchemaOutput<ResultSchema>,
  ReadArgs<SchemaInput<ArgsSchema>, SchemaOutput<ArgsSchema>>,
  SchemaInput<ResultSchema>,
  Type
>;
/**
 * The same with plain types, which nothing checks at run time.
 *
 * @example
 * export const sendEmail = defineJob<[to: string, template: "welcome" | "reset"], { messageId: string }>("email.send", {
 *   queue: "email",
 *   retry: { maxAttempts: 5 },
 * });
 */
export function defineJob<Input extends JobArgs = readonly [], Result = unknown, Type extends string = string>(
  type: Type,
  defaults?: JobDefaults,
): JobDefinition<Input, Result, TravelledArgs<Input>, Result, Type>;
export function defineJob(
  type: string,
  { args, result, ...options }: Partial<JobSchemas<StandardSchema, StandardSchema>> = {},
): JobDefinition {
  if (typeof type !== "string" || type === "") {
    throw refusedOption("type", "A definition needs the type of its jobs, such as 'email.send'.");
  }
  const description: JobDescription = {
    type,
    options,
    ...(args === undefined ? {} : { argsSchema: schemaOf("args", args) }),
    ...(result === undefined ? {} : { resultSchema: schemaOf("result", result) }),
  };
  return {
    ...description,
    with: (given?: JobArgs, own?: StepOptions) => jobOf(description, given, own),
    is: (what: Job | AnyEvent): what is never => ("kind" in what ? what.jobType : what.type) === type,
  };
}

/** A job of a type, with the defaults under options of its own. */
export function jobOf(definition: JobDescription, args: JobArgs | undefined, own: StepOptions | undefined): DefinedJob {
  const options = { ...definition.options, ...own };
  return {
    type: definition.type,
    ...(args === undefined ? {} : { args }),
    ...(Object.keys(options).length === 0 ? {} : { options }),
    definition,
  };
}

function schemaOf(name: string, schema: unknown): StandardSchema {
  if (isStandardSchema(schema)) return schema;
  throw refusedOption(
    name,
    `\`${name}\` is not a schema.`,
    "Give a schema of a library that follows Standard Schema, such as Zod, Valibot or ArkType.",
  );
}
