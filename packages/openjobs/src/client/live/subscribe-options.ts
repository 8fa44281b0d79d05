/** What a subscription is told. */
import type { JobDescription } from "../../core/definition/define-job.ts";

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

/** Options of `client.subscribe`. */
export interface SubscribeChannelsOptions extends SubscribeOptions {
  /** What to listen to: `job:ID`, `queue:NAME`; at most 300. Default: all. */
  readonly channels?: readonly string[];
}

/** Asks for what happens to jobs of defined types, and for gaps. */
export interface DefinedJobsOptions<Jobs extends readonly JobDescription[] = readonly JobDescription[]> {
  /** The definitions of the jobs; with none, only gaps are told. */
  readonly jobs: Jobs;
  /** The definitions say it. */
  readonly jobTypes?: never;
}
