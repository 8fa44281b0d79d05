/** What a pushed job tells the server while it runs, if the function was given a way there. Its outcome is not among it: that is the answer. */
import { getJobCall } from "../client/calls/jobs.ts";
import { connect } from "../client/connection.ts";
import type { Clock } from "../core/clock.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { toMilliseconds } from "../core/duration.ts";
import { ojsError } from "../core/errors.ts";
import { checkpointCall, progressCall } from "../worker/companion-calls.ts";
import type { WorkerConnectionOptions } from "../worker/connect.ts";
import type { Holding } from "../worker/holdings.ts";
import type { WorkerProtocol } from "../worker/protocol.ts";

/** What is told and asked while a job runs. */
export interface JobProtocol extends Pick<WorkerProtocol, "progress" | "checkpoint"> {
  /** Asks whether the job is still this call's, and tells the holding when it is not. */
  beat(holding: Holding): Promise<void>;
}

/** Makes the calls of one job; each takes no longer than the server waits for the answer. */
export type WayToServer = (workerId: string, timeLeftMs: () => number) => JobProtocol;

/** A worker's, for the same reason: the job cannot wait for an answer that is not coming. */
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Prepares the way; nothing is sent yet.
 *
 * @throws OjsValidationError when an option cannot work.
 */
export function wayTo(server: WorkerConnectionOptions, clock: Clock): WayToServer {
  const { requestTimeout, ...where } = server;
  const longestMs = toMilliseconds(requestTimeout ?? DEFAULT_TIMEOUT_MS);
  const { requester } = connect({ ...where, timeout: longestMs, retry: false }, { clock });
  return (workerId, timeLeftMs) => {
    const timeout = (): number => Math.max(1, Math.min(longestMs, timeLeftMs()));
    return {
      progress: (lease, report, request) =>
        requester.run(progressCall(workerId, lease, report), { ...request, timeout: timeout() }),
      checkpoint: (lease, state, request) =>
        requester.run(checkpointCall(workerId, lease, state), { ...request, timeout: timeout() }),
      beat: async (holding) =>
        compare(holding, await requester.run(getJobCall(holding.job.id), { timeout: timeout() })),
    };
  };
}

/**
 * Not a heartbeat: the server holds the job for the whole call anyway, and one would make a worker of the endpoint, whose other jobs would be taken
 * from it when it falls silent.
 */
function compare(holding: Holding, { state, lease, attempt }: Job): void {
  if (state === "cancelled") holding.lose("cancelled");
  else if (state !== "active" || lease !== holding.ref.lease || attempt !== holding.ref.attempt) {
    holding.lose("lease_lost");
  }
}

/** For functions that were told no way: progress is nobody's loss, a step that is not kept is somebody's money. */
export function noWay(missed: () => void): WayToServer {
  const protocol: JobProtocol = {
    progress: async () => missed(),
    beat: async () => undefined,
    checkpoint: async () => {
      throw ojsError(
        "unsupported",
        "Steps and checkpoints are kept by the server, and this push handler does not know where it is.",
        {
          status: 422,
          hint: "Give `createPushHandler` its address, `server: { url, apiKey }`, or run jobs that need them with an OjsWorker.",
          operation: "checkpoint",
          details: { field: "server" },
        },
      );
    },
  };
  return () => protocol;
}
