/** One job from claim to outcome: find the handler and run it against its timeout. */
import type { Clock } from "../core/clock.ts";
import type { JobContext, JobHandler } from "../middleware/job-context.ts";
import type { ReportFailure } from "./error-reporter.ts";
import { report } from "./failure-report.ts";
import type { Holding } from "./holdings.ts";
import { type Ending, type Outcome, outcomeOf } from "./outcome.ts";

/** What the executor works with. */
export interface ExecutorDeps {
  readonly clock: Clock;
  readonly handlerOf: (type: string) => JobHandler | undefined;
  readonly contextOf: (holding: Holding) => JobContext;
  /** How long a handler may take to stop once its signal is aborted, before its slot is used for something else. */
  readonly abandonAfterMs: number;
  readonly reportFailure: ReportFailure;
}

/**
 * Runs the handler of a held job; `done` is called once, and before this returns if the handler did not wait for
 * anything. It costs a promise only when the handler does.
 */
export function execute(holding: Holding, deps: ExecutorDeps, done: (outcome: Outcome) => void): void {
  const handler = deps.handlerOf(holding.job.type);
  if (handler === undefined) {
    done(noHandler(holding.job.type));
    return;
  }
  const end = startWatch(holding, deps, done);
  const ending = run(handler, deps.contextOf(holding));
  if ("kind" in ending) end(ending);
  else void ending.later.then(end); // never rejects
}

/** How the handler ended, or the promise of it. */
function run(handler: JobHandler, context: JobContext): Ending | { readonly later: Promise<Ending> } {
  try {
    const value = handler(context);
    return isThenable(value) ? { later: endingOf(value) } : { kind: "returned", value };
  } catch (error) {
    return { kind: "threw", error };
  }
}

async function endingOf(value: PromiseLike<unknown>): Promise<Ending> {
  try {
    return { kind: "returned", value: await value };
  } catch (error) {
    return { kind: "threw", error };
  }
}

/** The policy may try it again: during a rolling deployment another worker knows the type already. */
function noHandler(type: string): Outcome {
  const message = `no handler is registered for job type "${type}" on this worker`;
  const error = report("handler_not_found", message, { code: "handler_not_found" });
  return { kind: "nack", error, requeue: false };
}

/** Starts the timeout, and the countdown of a handler that was told to stop; the first end counts. */
function startWatch(holding: Holding, deps: ExecutorDeps, done: (outcome: Outcome) => void): (ending: Ending) => void {
  const { clock, abandonAfterMs } = deps;
  let over = false;
  let cancelAbandoning: (() => void) | undefined;
  const cancelTimeout = startTimeout(holding, clock);
  const end = (ending: Ending): void => {
    if (over) return;
    over = true;
    cancelTimeout?.();
    cancelAbandoning?.();
    holding.endRun();
    const tell = (last: Ending): void => done(outcomeOf(last, holding.cause(), deps.reportFailure));
    if (holding.conclude === undefined) tell(ending);
    else void holding.conclude(ending).then(tell); // never rejects
  };
  const countDown = (): void => {
    cancelAbandoning = clock.schedule(clock.now() + abandonAfterMs, () => end({ kind: "abandoned" }));
  };
  if (holding.cause() === undefined) holding.onAbort(countDown);
  else countDown();
  return end;
}

function startTimeout(holding: Holding, clock: Clock): (() => void) | undefined {
  const { timeoutMs } = holding.job;
  if (timeoutMs === undefined) return undefined;
  return clock.schedule(clock.now() + timeoutMs, () => holding.abort("timeout"));
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
