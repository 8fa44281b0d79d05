/**
 * Errors that a handler throws to say more than "it failed" (ojs-retry §7): they beat the job's retry policy.
 */

/** What an outcome error can carry besides its message. */
export interface OutcomeErrorOptions extends ErrorOptions {
  /** Machine-readable failure type; the error's name when absent. */
  readonly type?: string;
}

/**
 * Ends the job for good: no further attempt, no dead letter (ojs-retry §7.1 `DISCARD`).
 *
 * @example
 * worker.register("email.send", (job) => {
 *   if (job.arg("to") === undefined) throw new DiscardError("the job has no recipient");
 * });
 */
export class DiscardError extends Error {
  override readonly name = "DiscardError";
  /** The handler response code that travels to the server. */
  readonly code = "DISCARD";
  /** Machine-readable failure type, if the handler gave one. */
  readonly type: string | undefined;

  constructor(message: string, options: OutcomeErrorOptions = {}) {
    super(message, options);
    this.type = options.type;
  }
}

/**
 * Moves the job to the dead letter queue at once, whatever attempts are left (ojs-retry §7.1 `DEAD_LETTER`).
 *
 * @example
 * worker.register("payment.charge", () => {
 *   throw new DeadLetterError("card reported stolen", { type: "payment.card_stolen" });
 * });
 */
export class DeadLetterError extends Error {
  override readonly name = "DeadLetterError";
  /** The handler response code that travels to the server. */
  readonly code = "DEAD_LETTER";
  /** Machine-readable failure type, if the handler gave one. */
  readonly type: string | undefined;

  constructor(message: string, options: OutcomeErrorOptions = {}) {
    super(message, options);
    this.type = options.type;
  }
}
