/** One thread, as the worker sees it: it runs a job, and is gone when it has to be killed. */
import { Worker } from "node:worker_threads";
import type { JobContext } from "../../middleware/job-context.ts";
import { JobAbortError } from "../../worker/abort-reason.ts";
import { IsolationError } from "./isolation-error.ts";
import type { FromThread, SentOutcome, ToThread } from "./messages.ts";
import { receiveError, sendError } from "./sent-error.ts";
import { outcomeOf } from "./thread-context.ts";

const MAIN = new URL(`./thread-main.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/** Limits of a thread. */
export interface ThreadLimits {
  readonly memoryLimitMb: number | undefined;
  /** How long a handler may take to stop after its signal was aborted. */
  readonly killAfterMs: number;
}

/** See above. */
export class Thread {
  readonly #worker: Worker;
  readonly #limits: ThreadLimits;
  #dead = false;
  #fail: (error: Error) => void = () => undefined;
  #hear: (message: FromThread) => void = () => undefined;

  constructor(limits: ThreadLimits) {
    this.#limits = limits;
    const { memoryLimitMb } = limits;
    const resourceLimits =
      memoryLimitMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb } };
    this.#worker = new Worker(MAIN, resourceLimits);
    this.#worker.on("message", (message: FromThread) => this.#hear(message));
    this.#worker.on("error", (error) => this.#gone(failureOf(error)));
    this.#worker.on("exit", (code) =>
      this.#gone(new IsolationError("worker_exited", `the thread ended with exit code ${code}`)),
    );
    this.#worker.unref();
  }

  /** Whether it cannot run another job. */
  get isDead(): boolean {
    return this.#dead;
  }

  /** Runs a job; resolves with the handler's result, rejects with what it threw or with an {@link IsolationError}. */
  async run(module: string, context: JobContext): Promise<unknown> {
    const { job, workerId, resumeFrom, args, meta, parentResults } = context;
    const { signal } = context;
    const onAbort = (): void => this.#abort(signal.reason);
    this.#worker.ref();
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.#fail = reject;
        this.#hear = (message) => this.#obey(message, context, (outcome) => settle(outcome, resolve, reject));
        // Middleware may have changed what the job shows.
        const sent = JSON.parse(JSON.stringify({ ...job, args, meta, parentResults }));
        this.#post({ kind: "run", module, context: { job: sent, workerId, resumeFrom } });
        signal.addEventListener("abort", onAbort, { once: true });
        if (signal.aborted) onAbort();
      });
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#hear = () => undefined;
      this.#fail = () => undefined;
      this.#worker.unref();
    }
  }

  /** Ends it, whatever it does. */
  async terminate(): Promise<void> {
    this.#dead = true;
    await this.#worker.terminate();
  }

  #abort(reason: unknown): void {
    const cause = reason instanceof JobAbortError ? reason.cause : undefined;
    this.#post({ kind: "abort", cause, reason: sendError(reason) });
    const fail = this.#fail;
    const killing = setTimeout(() => {
      if (this.#fail !== fail) return; // it has ended
      const after = `${this.#limits.killAfterMs} ms after it was told to`;
      this.#gone(new IsolationError("worker_killed", `the handler did not stop within ${after}`, { cause: reason }));
      void this.terminate();
    }, this.#limits.killAfterMs);
    killing.unref();
  }

  #gone(error: Error): void {
    this.#dead = true;
    this.#fail(error);
  }

  #obey(message: FromThread, context: JobContext, end: (outcome: SentOutcome) => void): void {
    if (message.kind === "ended") end(message.outcome);
    else if (message.kind === "log")
      context.log[message.level](message.message, message.facts as Record<string, unknown>);
    else if (message.kind === "progress") Reflect.apply(context.progress, context, [message.done, message.data]);
    else if (message.kind === "call") void this.#call(message, context);
    else this.#worked(message.call, message.outcome);
  }

  readonly #works = new Map<number, (outcome: SentOutcome) => void>();

  async #call({ call, method, argument }: FromThread & { readonly kind: "call" }, context: JobContext): Promise<void> {
    const outcome = await outcomeOf(() => {
      if (method === "heartbeat") return context.heartbeat();
      if (method === "checkpoint") return context.checkpoint(argument);
      return context.step(String(argument), () => this.#workOf(call));
    });
    this.#post({ kind: "answer", call, outcome });
  }

  /** The work of a step is done in the thread. */
  #workOf(call: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#works.set(call, (outcome) => settle(outcome, resolve, reject));
      this.#post({ kind: "work", call });
    });
  }

  #worked(call: number, outcome: SentOutcome): void {
    this.#works.get(call)?.(outcome);
    this.#works.delete(call);
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}

function settle(outcome: SentOutcome, resolve: (value: unknown) => void, reject: (error: Error) => void): void {
  if ("error" in outcome) reject(receiveError(outcome.error));
  else resolve(outcome.value);
}

function failureOf(error: Error): Error {
  const isMemory = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  if (isMemory)
    return new IsolationError("worker_out_of_memory", "the handler used more memory than its thread may have", {
      cause: error,
    });
  return error; // what nobody caught inside
}
