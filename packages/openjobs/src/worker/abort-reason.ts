/** Why a running job was told to stop. */

/** `timeout`: it ran too long · `cancelled`: somebody cancelled it · `lease_lost`: the server gave it away · `shutdown`: the worker stops. */
export type AbortCause = "timeout" | "cancelled" | "lease_lost" | "shutdown";

const EXPLANATIONS: Readonly<Record<AbortCause, string>> = {
  timeout: "the job exceeded its execution timeout",
  cancelled: "the job was cancelled",
  lease_lost: "the server no longer counts this worker as the holder of the job",
  shutdown: "the worker is shutting down",
};

/**
 * The `reason` of a job's abort signal.
 *
 * @example
 * worker.register("report.build", async (job) => {
 *   job.signal.addEventListener("abort", () => {
 *     const { cause } = job.signal.reason as JobAbortError; // "timeout" | "cancelled" | "lease_lost" | "shutdown"
 *   });
 * });
 */
export class JobAbortError extends Error {
  override readonly name = "JobAbortError";
  /** What stopped the job. */
  override readonly cause: AbortCause;

  constructor(cause: AbortCause) {
    super(EXPLANATIONS[cause]);
    this.cause = cause;
  }
}
