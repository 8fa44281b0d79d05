/** Between what a producer says about a job and what middleware sees of it. */
import type { EnqueueOptions, JobInput } from "../core/codec/enqueue-options.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { DEFAULTS } from "../core/limits.ts";
import type { DroppedJob } from "./enqueue-chain.ts";
import type { EnqueuePath, OutgoingJob } from "./middleware.ts";

const NO_META: OutgoingJob["meta"] = Object.freeze({});

/** What middleware sees of a job. */
export function outgoingJob({ type, args, options = {} }: JobInput, via: EnqueuePath, id?: string): OutgoingJob {
  const { id: _, queue = DEFAULTS.queue, meta = NO_META, ...rest } = options;
  const list = args === undefined ? [] : Array.isArray(args) ? args : [args];
  return { ...rest, ...(id === undefined ? {} : { id }), type, args: list, queue, meta, via };
}

/** What is to be sent of a job that middleware has seen. What was left open stays so, because queues have defaults of their own. */
export function inputOf({ id, type, args, queue, meta, via: _, ...rest }: OutgoingJob): JobInput {
  const options: EnqueueOptions = {
    ...rest,
    ...(id === undefined ? {} : { id }),
    ...(queue === DEFAULTS.queue ? {} : { queue }),
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  };
  return { type, args, ...(Object.keys(options).length === 0 ? {} : { options }) };
}

/** What a producer gets for a job that was dropped: its own words, in a state that no server has (ojs-middleware §7.2). */
export function droppedJob({ job, droppedBy }: DroppedJob, now: string): Job {
  const { id = "", type, args, queue, meta, tags = [] } = job;
  return {
    ...{ id, type, queue, args, meta, tags, droppedBy },
    ...{ state: "dropped", priority: 0, attempt: 0, maxAttempts: 0, createdAt: now, enqueuedAt: now },
    ...{ errors: [], extensions: {} },
  };
}
