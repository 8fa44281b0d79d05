/** Which jobs an assertion is about (ojs-testing §6). */
import type { Job, JobStateWord } from "../../core/codec/job-decode.ts";
import type { JobError } from "../../core/codec/job-error.ts";
import type { GivenArgs, JobDefinition } from "../../core/definition/define-job.ts";
import type { TravelledArgs } from "../../core/job-args.ts";
import { isMatcher, matches } from "./deep-match.ts";
import { isMoment, type Moment } from "./moment.ts";
import { shortened } from "./shown-value.ts";

/** A job type, the definition of one, or `"*"` for all. */
export type JobKind = string | { readonly type: string };

/** What a failed attempt's error has to be like: its message, a pattern of it, or some of its members. */
export type ErrorMatch = string | RegExp | { readonly [Name in keyof JobError]?: unknown };

/** What the jobs have to be like; what is left out does not matter. */
export interface JobMatch<Args = unknown, Travelled extends readonly unknown[] = readonly unknown[], Result = unknown> {
  /**
   * The arguments: an array is all of them, anything else the only one. Equal all the way down; asymmetric matchers
   * (`expect.any(String)`, `expect.objectContaining({ … })`) are understood.
   */
  readonly args?: Args;
  readonly queue?: string;
  /** Members that `meta` has among others. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Tags that it has among others. */
  readonly tags?: readonly string[];
  readonly state?: JobStateWord;
  /** How many attempts it has had, the running one included. */
  readonly attempts?: number;
  /** What its last failed attempt threw. */
  readonly error?: ErrorMatch;
  /** What its handler returned. */
  readonly result?: Result;
  /** When it is to run, if that is not at once. */
  readonly scheduledAt?: Moment;
  /** How many there have to be; at least one when absent. */
  readonly count?: number;
  /** Anything else. */
  where?(job: Job<Travelled, Result>): boolean;
}

/** The same for jobs of a kind: a definition says what arguments and results there can be. */
export type JobMatchOf<Kind> =
  Kind extends JobDefinition<infer Input, infer Result, infer _Args, infer _Returned>
    ? JobMatch<GivenArgs<Input>, TravelledArgs<Input>, Result>
    : JobMatch;

/** A job of a kind. */
export type JobOf<Kind> =
  Kind extends JobDefinition<infer Input, infer Result, infer _Args, infer _Returned>
    ? Job<TravelledArgs<Input>, Result>
    : Job;

/** The name of a type. */
export function typeOf(kind: JobKind): string {
  return typeof kind === "string" ? kind : kind.type;
}

/** Whether a kind is a definition. */
export function isDefinition(kind: JobKind): kind is JobDefinition {
  return typeof kind === "object" && "with" in kind && typeof kind.with === "function";
}

/** Whether a job is of a type. */
export function isOfType(job: Job, type: string): boolean {
  return type === "*" || job.type === type;
}

/** Something else about a job; what is wrong with it, or nothing. */
export type JobCondition = (job: Job) => string;

/** Why a job is not one of those meant; empty when it is. */
export function differences(
  job: Job,
  type: string,
  match: JobMatch,
  conditions: readonly JobCondition[] = [],
): readonly string[] {
  if (!isOfType(job, type)) return ["has another type"];
  const { args, queue, meta, tags, state, where } = match;
  return [
    args === undefined || hasArgs(job, args) ? "" : "has other args",
    queue === undefined || job.queue === queue ? "" : `is in queue ${job.queue}`,
    meta === undefined || matches(job.meta, meta, true) ? "" : "has other meta",
    tags === undefined || tags.every((tag) => job.tags.includes(tag)) ? "" : "has other tags",
    state === undefined || job.state === state ? "" : `is ${job.state}`,
    ...historyDifferences(job, match),
    ...conditions.map((condition) => condition(job)),
    where === undefined || where(job) ? "" : "is refused by where()",
  ].filter((text) => text !== "");
}

function historyDifferences(job: Job, { attempts, error, result, scheduledAt }: JobMatch): readonly string[] {
  const last = job.errors.at(-1);
  return [
    attempts === undefined || job.attempt === attempts ? "" : `is at attempt ${job.attempt}`,
    error === undefined || isError(last, error) ? "" : `has ${last === undefined ? "no error" : "another error"}`,
    result === undefined || matches(job.result, result) ? "" : `has the result ${shortened(job.result)}`,
    scheduledAt === undefined || isMoment(job.scheduledAt, scheduledAt)
      ? ""
      : `is scheduled for ${job.scheduledAt ?? "no time"}`,
  ];
}

/** Whether it is what was meant. */
export function isError(error: JobError | undefined, match: ErrorMatch): boolean {
  if (error === undefined) return false;
  if (typeof match === "string") return error.message === match;
  return match instanceof RegExp ? match.test(error.message) : matches(error, match, true);
}

/** A matcher may mean all arguments, or the only one. */
function hasArgs({ args }: Job, expected: unknown): boolean {
  if (Array.isArray(expected)) return matches(args, expected);
  return matches(args, [expected]) || (isMatcher(expected) && matches(args, expected));
}

/** A line about a job. */
export function describeJob({ type, args, queue, state, attempt, errors, scheduledAt }: Job): string {
  const last = errors.at(-1);
  const failure = last === undefined || state === "completed" ? "" : `, ${last.type}: ${shortened(last.message)}`;
  const time = state === "scheduled" ? ` for ${scheduledAt}` : "";
  return `${type} ${shortened(args)} in ${queue}, ${state}${time}, attempt ${attempt}${failure}`;
}

/** What was asked for, as a sentence has it. */
export function describeMatch(name: string, { where, ...match }: { readonly where?: unknown }): string {
  const parts = Object.entries(match).filter(([member, value]) => member !== "count" && value !== undefined);
  const text = parts.map(([member, value]) => `${member} ${shortened(value)}`).join(", ");
  return `${name}${text === "" ? "" : ` with ${text}`}${where === undefined ? "" : " that where() accepts"}`;
}
