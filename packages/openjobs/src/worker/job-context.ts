/** Makes what a handler sees of the job it runs. */
import type { Logger } from "../client/logger.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { argOf } from "../middleware/argument.ts";
import type { JobContext } from "../middleware/job-context.ts";
import type { Holding } from "./holdings.ts";
import { JobTools, type ToolDeps } from "./job-tools.ts";

const NO_RESULTS: readonly unknown[] = Object.freeze([]);

/** Where a context keeps what it does things with; middleware that changes a context hands it on. */
const TOOLS = Symbol("tools");

/** The context of a held job. */
export function createJobContext(holding: Holding, deps: ToolDeps): JobContext {
  return new RunningJob(holding, deps);
}

/**
 * What does something is behind accessors of the prototype: it costs nothing until somebody asks for it, and still can be taken out of
 * the context (`const { arg, log } = job`).
 */
class RunningJob implements JobContext {
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  readonly args: readonly unknown[];
  readonly meta: Readonly<Record<string, unknown>>;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly workflowId: string | undefined;
  readonly parentResults: readonly unknown[];
  readonly job: Job;
  readonly workerId: string;
  readonly [TOOLS]: JobTools;

  constructor(holding: Holding, deps: ToolDeps) {
    const { job } = holding;
    this.id = job.id;
    this.type = job.type;
    this.queue = job.queue;
    this.args = job.args;
    this.meta = job.meta;
    this.attempt = job.attempt;
    this.maxAttempts = job.maxAttempts;
    this.workflowId = job.workflowId;
    this.parentResults = job.parentResults ?? NO_RESULTS;
    this.job = job;
    this.workerId = deps.workerId;
    this[TOOLS] = new JobTools(holding, deps);
  }

  get signal(): AbortSignal {
    return this[TOOLS].holding.signal;
  }

  get arg(): JobContext["arg"] {
    return (name) => argOf(this.args, name);
  }

  get heartbeat(): JobContext["heartbeat"] {
    return () => this[TOOLS].heartbeat();
  }

  get metadata(): Record<string, unknown> {
    return this[TOOLS].metadata;
  }

  get log(): Logger {
    return this[TOOLS].log;
  }

  get progress(): JobContext["progress"] {
    return (done, data) => this[TOOLS].progress(done, data);
  }

  get step(): JobContext["step"] {
    return (name, work) => this[TOOLS].step(name, work);
  }

  get resumeFrom(): unknown {
    return this.job.checkpoint?.state;
  }

  get checkpoint(): JobContext["checkpoint"] {
    return (state) => this[TOOLS].checkpoint(state);
  }
}
