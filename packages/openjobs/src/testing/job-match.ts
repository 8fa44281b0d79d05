/** Which jobs an assertion is about, and what is said when there are none (ojs-testing §6). */
import type { Job, JobStateWord } from "../core/codec/job-decode.ts";
import { isMatcher, matches } from "./deep-match.ts";
import { shortened } from "./shown-value.ts";

/** A job type, or the definition of one. */
export type JobKind = string | { readonly type: string };

/** What the jobs have to be like; what is left out does not matter. */
export interface JobMatch {
  /**
   * The arguments: an array is all of them, anything else the only one. Equal all the way down; asymmetric matchers
   * (`expect.any(String)`, `expect.objectContaining({ … })`) are understood.
   */
  readonly args?: unknown;
  readonly queue?: string;
  /** Members that `meta` has among others. */
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly state?: JobStateWord;
  /** How many there have to be; at least one when absent. */
  readonly count?: number;
  /** Anything else. */
  readonly where?: (job: Job) => boolean;
}

/** The name of a type. */
export function typeOf(kind: JobKind): string {
  return typeof kind === "string" ? kind : kind.type;
}

/** Why a job is not one of those meant; empty when it is. */
export function differences(job: Job, type: string, match: JobMatch): readonly string[] {
  if (job.type !== type) return ["has another type"];
  const { args, queue, meta, state, where } = match;
  return [
    args === undefined || hasArgs(job, args) ? "" : "has other args",
    queue === undefined || job.queue === queue ? "" : `is in queue ${job.queue}`,
    meta === undefined || matches(job.meta, meta, true) ? "" : "has other meta",
    state === undefined || job.state === state ? "" : `is ${job.state}`,
    where === undefined || where(job) ? "" : "is refused by where()",
  ].filter((text) => text !== "");
}

/** A matcher may mean all arguments, or the only one. */
function hasArgs({ args }: Job, expected: unknown): boolean {
  if (Array.isArray(expected)) return matches(args, expected);
  return matches(args, [expected]) || (isMatcher(expected) && matches(args, expected));
}

const SHOWN = 20;

/** A line for each job, with what makes it another one. */
export function describeJobs(jobs: readonly Job[], type: string, match: JobMatch): string {
  if (jobs.length === 0) return "No job was enqueued.";
  // Those that might have been meant come first.
  const sorted = [...jobs].sort((a, b) => Number(b.type === type) - Number(a.type === type));
  const lines = sorted.slice(0, SHOWN).map((job) => {
    const why = differences(job, type, match);
    return `  ${job.type} ${shortened(job.args)} in ${job.queue}, ${job.state}, attempt ${job.attempt}${why.length === 0 ? "" : ` ← ${why.join(", ")}`}`;
  });
  const more = sorted.length > SHOWN ? [`  and ${sorted.length - SHOWN} more`] : [];
  return ["These jobs were there:", ...lines, ...more].join("\n");
}

/** What was asked for, as a sentence has it. */
export function describeMatch(type: string, { where, ...match }: JobMatch): string {
  const parts = Object.entries(match).filter(([name, value]) => name !== "count" && value !== undefined);
  const text = parts.map(([name, value]) => `${name} ${shortened(value)}`).join(", ");
  return `${type}${text === "" ? "" : ` with ${text}`}${where === undefined ? "" : " that where() accepts"}`;
}
