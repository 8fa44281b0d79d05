/** Waiting for the end of a job (ojs-results §8.2), told by the same news that live events are made of. */
import type { JobRecord } from "../core/job.ts";
import { isTerminal } from "../core/states.ts";
import type { EngineContext } from "./context.ts";
import { getJob } from "./jobs.ts";
import type { LiveEngine, Subscription } from "./live/live-engine.ts";
import type { ResultEngine, WaitRequest } from "./result-engine.ts";

/** The operation of {@link ResultEngine}. */
export function resultOperations(context: EngineContext, { subscribe }: Pick<LiveEngine, "subscribe">): ResultEngine {
  return {
    async awaitEnd({ id, waitMs, signal }): Promise<JobRecord> {
      const job = await getJob(context, id);
      if (isTerminal(job.state) || waitMs <= 0 || signal.aborted) return job;
      const subscription = await subscribe({ channels: [{ kind: "job", name: id }], filter: {} });
      if (!subscription.isOver) await over(subscription, context, { waitMs, signal });
      return getJob(context, id);
    },
  };
}

/** Resolves when the job has ended, the time is over or nobody waits any more. */
function over(
  subscription: Subscription,
  { clock }: Pick<EngineContext, "clock">,
  { waitMs, signal }: Pick<WaitRequest, "waitMs" | "signal">,
): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(clock.now() + waitMs, () => done());
    let leave = (): void => undefined;
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      leave();
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
    const listening = subscription.begin({ take: () => true, beat: () => undefined, end: done, cut: done });
    leave = () => listening.leave();
  });
}
