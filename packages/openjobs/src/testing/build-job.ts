/** Jobs as servers answer with them, for tests of code that is given one. */
import { encodeEnqueue } from "../core/codec/enqueue-encode.ts";
import { refusedOption } from "../core/codec/enqueue-options-encode.ts";
import { decodeJob, type Job } from "../core/codec/job-decode.ts";
import { present } from "../core/codec/wire-values.ts";
import type { GivenArgs, JobDefinition, JobDescription } from "../core/definition/define-job.ts";
import type { JobArgs, TravelledArgs } from "../core/job-args.ts";
import { isMembers } from "../core/request-fields.ts";
import { formatTimestamp, parseTimestamp } from "../core/time.ts";
import { createUuid7 } from "../core/uuid7.ts";
import { lifeOf } from "./job-life.ts";

/** When a job was made that does not say it: built jobs are the same in every run. */
export const BUILT_AT: number = Date.UTC(2026, 0, 1);

/** Members of a job that have defaults when it is built. */
export type JobMembers<Result = unknown> = Partial<Omit<Job<readonly unknown[], Result>, "type" | "args">>;

/** What is to be built, with a type by its name. */
export interface JobParts<Args extends JobArgs = JobArgs, Result = unknown> extends JobMembers<Result> {
  /** Default `"test.job"`. */
  readonly type?: string;
  /** As for `enqueue`: an array of arguments, or the only one. Default: none. */
  readonly args?: Args;
}

/** What is to be built, with a type by its definition, whose defaults the job has. */
export type DefinedJobParts<Input extends JobArgs, Result, Args extends readonly unknown[], Returned> = {
  readonly type: JobDefinition<Input, Result, Args, Returned>;
} & JobMembers<NoInfer<Result>> &
  (readonly [] extends GivenArgs<NoInfer<Input>>
    ? { readonly args?: GivenArgs<NoInfer<Input>> }
    : { readonly args: GivenArgs<NoInfer<Input>> });

/** The same whatever its types. */
export interface AnyJobParts extends JobMembers {
  readonly type?: string | JobDescription;
  readonly args?: unknown;
}

/**
 * Builds a job as a server would answer with it, for tests of code that is given one. Arguments and meta are what JSON makes of
 * them; what you leave out fits the state: a `completed` job has begun and ended, one in its third attempt has failed
 * twice. Ids are UUIDv7, all different, and the same in every run.
 *
 * @param parts Members of the job. With a definition as `type` it has the defaults of that, and the compiler knows its arguments.
 * @throws OjsValidationError for arguments or meta that JSON cannot carry, and for counts that are none.
 * @example
 * const job = buildJob({ type: sendEmail, args: ["ada@example.com", "welcome"], state: "discarded" });
 * expect(summaryOf(job)).toBe("email.send gave up after 5 attempts");
 */
export function buildJob<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
  parts: DefinedJobParts<Input, Result, Args, Returned>,
): Job<TravelledArgs<Input>, Result>;
/** The same of a type by its name. */
export function buildJob<Args extends JobArgs | [] = readonly [], Result = unknown>(
  parts?: JobParts<Args, Result>,
): Job<TravelledArgs<Args>, Result>;
export function buildJob(parts: AnyJobParts = {}): Job {
  return jobFrom(parts);
}

/** {@link buildJob} without types. */
export function jobFrom(parts: AnyJobParts): Job {
  const { type, args, ...given } = parts;
  const members = present<JobMembers>(given);
  const planned = plannedJob(parts, members);
  const { state = planned.state, attempt, maxAttempts = members.retry?.maxAttempts ?? planned.maxAttempts } = members;
  checkCount("attempt", attempt);
  checkCount("maxAttempts", maxAttempts);
  const from = parseTimestamp(planned.createdAt) ?? BUILT_AT;
  const { errors: suffered, ...life } = lifeOf({ state, attempt, maxAttempts, from });
  const errors = members.errors ?? suffered;
  const error = state === "completed" ? undefined : errors.at(-1);
  return {
    ...planned,
    ...life,
    errors,
    ...(error === undefined ? {} : { error }),
    maxAttempts,
    ...members,
    meta: planned.meta,
  };
}

/** What its producer has decided, as it is on its way to the server. */
function plannedJob({ type = "test.job", args }: AnyJobParts, { id = newId(), meta, createdAt }: JobMembers): Job {
  const [name, defaults] = typeof type === "string" ? [type, {}] : [type.type, type.options];
  const from = createdAt ?? formatTimestamp(BUILT_AT);
  const request = { id, type: name, args, options: { ...defaults, ...(meta === undefined ? {} : { meta }) } };
  const sent: unknown = JSON.parse(encodeEnqueue(request, parseTimestamp(from) ?? BUILT_AT).body);
  const { options, ...envelope } = isMembers(sent) ? sent : {};
  return decodeJob({ ...envelope, ...(isMembers(options) ? options : {}), created_at: from, enqueued_at: from });
}

const newId = createUuid7({ now: () => BUILT_AT, random: (bytes) => void bytes.fill(0) });

function checkCount(field: string, count: number | undefined): void {
  if (count === undefined || (Number.isSafeInteger(count) && count >= 0)) return;
  throw refusedOption(field, `\`${field}\` is ${String(count)}.`, "It is a whole number, 0 or more.");
}
