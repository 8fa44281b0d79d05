/** One job from claim to outcome: find the handler, run it against its timeout, tell the server. */
import type { Clock } from "../core/clock.ts";
import { report } from "./failure-report.ts";
import type { Holding } from "./holdings.ts";
import type { JobContext, JobHandler } from "./job-context.ts";
import { type Ending, type Outcome, outcomeOf } from "./outcome.ts";

/** What the executor works with. */
export interface ExecutorDeps {
  readonly clock: Clock;
  readonly handlerOf: (type: string) => JobHandler | undefined;
  readonly contextOf: (holding: Holding) => JobContext;
  /** How long a handler may take to stop once its signal is aborted, before its slot is used for something else. */
  readonly abandonAfterMs: number;
}

/** Runs the handler of a held job to its outcome; never rejects. */
export async function execute(holding: Holding, deps: ExecutorDeps): Promise<Outcome> {
  const handler = deps.handlerOf(holding.job.type);
  if (handler === undefined) return noHandler(holding.job.type);
  const cancelTimeout = startTimeout(holding, deps.clock);
  const ending = await firstOf(run(handler, deps.contextOf(holding)), holding.signal, deps.clock, deps.abandonAfterMs);
  cancelTimeout();
  holding.endRun();
  return outcomeOf(ending, holding.signal);
}

/** The policy may try it again: during a rolling deployment another worker knows the type already. */
function noHandler(type: string): Outcome {
  const message = `no handler is registered for job type "${type}" on this worker`;
  const error = report("handler_not_found", message, { code: "handler_not_found" });
  return { kind: "nack", error, requeue: false };
}

async function run(handler: JobHandler, context: JobContext): Promise<Ending> {
  try {
    return { kind: "returned", value: await handler(context) };
  } catch (error) {
    return { kind: "threw", error };
  }
}

function startTimeout(holding: Holding, clock: Clock): () => void {
  const { timeoutMs } = holding.job;
  if (timeoutMs === undefined) return () => undefined;
  return clock.schedule(clock.now() + timeoutMs, () => holding.abort("timeout"));
}

/** The ending of the run, or `abandoned` when it goes on for `abandonAfterMs` after the abort. */
function firstOf(ending: Promise<Ending>, signal: AbortSignal, clock: Clock, abandonAfterMs: number): Promise<Ending> {
  return new Promise((resolve) => {
    let cancel = (): void => undefined;
    const abandon = (): void => {
      cancel = clock.schedule(clock.now() + abandonAfterMs, () => resolve({ kind: "abandoned" }));
    };
    if (signal.aborted) abandon();
    else signal.addEventListener("abort", abandon, { once: true });
    void ending.then((end) => {
      cancel();
      signal.removeEventListener("abort", abandon);
      resolve(end);
    });
  });
}
