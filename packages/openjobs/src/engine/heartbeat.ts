/** Heartbeat: a worker lives, and keeps the jobs that it lists (ojs-core §7.5, worker-protocol §4). */
import type { JobRecord } from "../core/job.ts";
import type { Beat, BeatOutcome } from "../storage/storage.ts";
import type { EngineContext } from "./context.ts";
import type { HeartbeatAnswer } from "./facade.ts";
import { release } from "./fetch.ts";
import { answered } from "./storage-trouble.ts";
import type { WorkerWatch } from "./worker-watch.ts";

/** Extends the listed leases and records the worker. A job that is not extended is never an error (decisions 2.2). */
export async function heartbeat(
  context: EngineContext,
  watch: WorkerWatch,
  testHooks: boolean,
  beat: Beat,
): Promise<HeartbeatAnswer> {
  const { committer, announcer, clock } = context;
  const worker = { ...beat.worker, lastBeatAt: clock.now() };
  const answer = await committer.beat({ ...beat, worker }, (outcome, at) => {
    watch.beaten(worker, beat.leaving, at);
    for (const job of outcome.extended) announcer.extended(job, at);
    return answerOf(outcome, at, testHooks);
  });
  if (beat.leaving) await takeBack(context, worker.id, answer.extended);
  return answer;
}

/**
 * A worker that leaves may hold jobs that it does not know of: the answer to its last fetch was lost on the way. They go
 * back at once and without costing an attempt, instead of after their lease.
 */
async function takeBack(context: EngineContext, workerId: string, kept: readonly string[]): Promise<void> {
  const leased = await answered(context.storage.jobs.leasedBy(workerId));
  await release(
    context,
    leased.filter(({ id }) => !kept.includes(id)),
  );
}

function answerOf({ extended, lost, cancelled }: BeatOutcome, serverTime: number, testHooks: boolean): HeartbeatAnswer {
  const directive = testHooks ? extended.map(testDirective).find((found) => found !== undefined) : undefined;
  return { state: directive ?? "running", extended: extended.map(({ id }) => id), lost, cancelled, serverTime };
}

/** The official cases ask for a directive through the meta of a job that the worker holds (conformance contract 2.2). */
function testDirective({ meta }: JobRecord): "quiet" | "terminate" | undefined {
  const { test_directive: directive }: { test_directive?: unknown } = JSON.parse(meta);
  return directive === "quiet" || directive === "terminate" ? directive : undefined;
}
