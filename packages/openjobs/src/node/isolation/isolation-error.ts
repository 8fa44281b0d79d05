/** What becomes of a job whose thread ended before its handler did. */

/** `worker_out_of_memory`: the limit was reached · `worker_killed`: it did not stop when it was told to · `worker_exited`: it ended by itself. */
export type IsolationFailure = "worker_out_of_memory" | "worker_killed" | "worker_exited";

/**
 * The thread of an isolated handler is gone. The attempt has failed, and the job's retry policy decides.
 *
 * @example
 * const { error } = await client.getJob(id);
 * if (error?.code === "worker_out_of_memory") console.error("give it more than memoryLimitMb");
 */
export class IsolationError extends Error {
  override readonly name = "IsolationError";
  readonly code: IsolationFailure;

  constructor(code: IsolationFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
