/** What a subscription asks the server for, and what of the answer is passed on. Loaded with the first one. */
import { refuseUnknown } from "../../core/codec/enqueue-options-encode.ts";
import type { JobDescription } from "../../core/definition/define-job.ts";
import { apiPath, queryString } from "../call.ts";
import type { AwaitedJob } from "../results/result-options.ts";
import type { LiveEvent } from "./live-event.ts";
import type { StreamCall } from "./open-stream.ts";
import type { SubscribeChannelsOptions } from "./subscribe-options.ts";

/** Options of every subscription. */
export type ListenOptions = SubscribeChannelsOptions & { readonly jobs?: readonly JobDescription[] };

/** A job: its id, itself, or its id and its definition. */
export type JobToListenTo = string | (Pick<AwaitedJob<unknown>, "id"> & { readonly definition?: JobDescription });

/** What the methods of a client ask for. */
export type Listening =
  | { readonly operation: "subscribe" }
  | { readonly operation: "subscribeQueue"; readonly name: string }
  | { readonly operation: "subscribeJob"; readonly job: JobToListenTo };

/** What is to be opened. */
export interface Wanted extends StreamCall {
  /** What the job has to be, which is looked at first. */
  readonly definition?: JobDescription;
}

const OPTION_NAMES: Readonly<Record<keyof ListenOptions, 1>> = {
  ...{ channels: 1, types: 1, queues: 1, jobTypes: 1, jobs: 1, after: 1, signal: 1 },
};

/** @throws OjsValidationError for a name or an id that nothing can have, and for options that do not exist: they would hold nothing back. */
export function wantedOf(listening: Listening, given: ListenOptions): Wanted {
  refuseUnknown(given, OPTION_NAMES, "");
  const { channels = ["all"], ...options } = given;
  const { operation } = listening;
  const filters = filtersOf(options);
  if (operation === "subscribe") {
    return { operation, path: apiPath("events", "stream") + queryString({ channel: channels, ...filters }) };
  }
  if (operation === "subscribeQueue") {
    return { operation, path: apiPath("queues", listening.name, "events") + queryString(filters) };
  }
  const { job } = listening;
  const { id, definition } = typeof job === "string" ? { id: job, definition: undefined } : job;
  const call = { operation, path: apiPath("jobs", id, "events") + queryString(filters), jobId: id };
  return definition === undefined ? call : { ...call, definition };
}

function filtersOf({ types, queues, jobTypes, jobs }: ListenOptions) {
  return { event_types: types, queues, job_types: jobs?.map(({ type }) => type) ?? jobTypes };
}

/** Servers may send more than they were asked for, and an empty list of definitions cannot be said to them. */
export function passes({ jobs }: ListenOptions): (event: LiveEvent) => boolean {
  if (jobs === undefined) return () => true;
  const types = new Set<string | undefined>(jobs.map(({ type }) => type));
  return (event) => event.kind === "gap" || ("jobType" in event && types.has(event.jobType));
}
