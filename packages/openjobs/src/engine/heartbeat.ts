/** Heartbeat: a worker lives, and keeps the jobs that it lists (ojs-core §7.5, worker-protocol §4). */
import type { JobRecord } from "../core/job.ts";
import type { Beat, BeatOutcome } from "../storage/storage.ts";
import type { EngineContext } from "./context.ts";
import type { HeartbeatAnswer } from "./facade.ts";
import type { WorkerWatch } from "./worker-watch.ts";

/** Extends the listed leases and records the worker. A job that is not extended is never an error (decisions 2.2). */
export function heartbeat(
  { committer, announcer, clock }: EngineContext,
  watch: WorkerWatch,
  testHooks: boolean,
  beat: Beat,
): Promise<HeartbeatAnswer> {
  const worker = { ...beat.worker, lastBeatAt: clock.now() };
  return committer.beat({ ...beat, worker }, (outcome, at) => {
    watch.beaten(worker, beat.leaving, at);
    for (const job of outcome.extended) announcer.extended(job, at);
    return answerOf(outcome, at, testHooks);
  });
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
