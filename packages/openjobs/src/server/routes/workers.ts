/** Workers as seen from outside (ojs-graceful-shutdown §3; the path is that of the official cases). */
import { stringifyJson } from "../../core/json.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Engine } from "../../engine/facade.ts";
import type { WorkerRecord } from "../../storage/storage.ts";
import { ok, type Route } from "../route.ts";

const STATES: Readonly<Record<WorkerRecord["state"], string>> = {
  running: "running",
  quiet: "draining",
  terminate: "shutting_down",
};

/**
 * `GET /ojs/v1/workers/{id}/health`. 200 as long as the worker beats, whatever it is about to do: a probe that kills what does not
 * answer 200 would kill a worker while it finishes its jobs.
 */
export function workerHealthRoute(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/workers/:id/health",
    describe: { tag: "Workers", summary: "Whether a worker lives, for probes", answers: { 200: "WorkerHealth" } },
    async run({ params }) {
      const { worker } = await engine.getWorker(params.id ?? "");
      return ok(
        stringifyJson({
          worker_id: worker.id,
          state: STATES[worker.state],
          active_jobs: worker.activeJobs,
          started_at: formatTimestamp(worker.startedAt),
          last_heartbeat_at: formatTimestamp(worker.lastBeatAt),
        }),
      );
    },
  };
}
