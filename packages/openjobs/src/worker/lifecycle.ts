/** Where a worker is in its lifecycle (ojs-worker-protocol §2.1). */
import { ojsError } from "../core/errors.ts";
import type { WorkerHealth } from "./health.ts";
import type { WorkerState } from "./protocol.ts";

/** `idle` before `start`, then the states of ojs-worker-protocol §2.1, `terminated` once everything is settled. */
export type OjsWorkerState = "idle" | WorkerState | "terminated";

/** What a server is told: it knows nothing of the states before and after. */
export function reported(state: OjsWorkerState): WorkerState {
  return state === "running" || state === "quiet" ? state : "terminate";
}

/** The health of a worker that has sent nothing yet: it does not consume, and nothing has happened to it. */
export function healthAtRest(state: OjsWorkerState, concurrency: number): WorkerHealth {
  return {
    healthy: false,
    status: "stopped",
    reasons: [`the worker is ${state === "running" ? "starting" : state}`],
    consecutiveFailures: 0,
    activeJobs: 0,
    freeSlots: concurrency,
    eventLoopDelayMs: 0,
  };
}

/** Why a worker is not started a second time. */
export function startedTwice(state: OjsWorkerState): Error {
  return ojsError("conflict", `The worker cannot be started: it is ${state}.`, {
    hint: "Create a new OjsWorker for every start.",
    operation: "worker.start",
  });
}
