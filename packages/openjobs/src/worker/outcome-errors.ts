/**
 * Errors that a handler throws to say more than "it failed" (ojs-retry §7): they beat the job's retry policy.
 */
import { type Duration, toMilliseconds } from "../core/duration.ts";

/** What an outcome error can carry besides its message. */
export interface OutcomeErrorOptions extends ErrorOptions {
  /** Machine-readable failure type; the error's name when absent. */
  readonly type?: string;
  /** Facts for whoever looks at the job's errors; JSON, at most 16 KiB. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What all of them have; a handler throws one of its subclasses. */
export abstract class OutcomeError extends Error {
  /** The handler response code that travels to the server; of what a schema refuses the code of that. */
  abstract readonly code: "DISCARD" | "DEAD_LETTER" | "RETRY" | "SNOOZE" | "invalid_payload" | "result_rejected";
  /** Machine-readable failure type, if the handler gave one. */
  readonly type: string | undefined;
  /** Facts, if the handler gave some. */
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** How long to wait before the job runs again, in milliseconds; undefined = it does not, or its policy says so. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { type, details, ...options }: OutcomeErrorOptions, after?: Duration) {
    super(message, options);
    this.type = type;
    this.details = details;
    this.retryAfterMs = after === undefined ? undefined : toMilliseconds(after);
  }
}

/**
 * Ends the job for good: no further attempt, no dead letter (ojs-retry §7.1 `DISCARD`).
 *
 * @example
 * worker.register("email.send", (job) => {
 *   if (job.arg("to") === undefined) throw new DiscardError("the job has no recipient");
 * });
 */
export class DiscardError extends OutcomeError {
  override readonly name = "DiscardError";
  readonly code = "DISCARD";

  constructor(message: string, options: OutcomeErrorOptions = {}) {
    super(message, options);
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
export class DeadLetterError extends OutcomeError {
  override readonly name = "DeadLetterError";
  readonly code = "DEAD_LETTER";

  constructor(message: string, options: OutcomeErrorOptions = {}) {
    super(message, options);
  }
}

/** What a {@link RetryError} says. */
export interface RetryErrorOptions extends OutcomeErrorOptions {
  /** Time until the next attempt, instead of the policy's backoff: milliseconds, `"30s"`, `"PT5M"`. */
  readonly after: Duration;
  readonly message?: string;
}

/**
 * A failed attempt that chooses when the next one starts (ojs-retry §7.1 `RETRY`). It counts, so the last one ends the job as usual;
 * {@link SnoozeError} does not. Servers other than ours may not know the delay: there the policy's backoff stays.
 *
 * @throws OjsValidationError when `after` is no duration.
 * @example
 * worker.register("invoice.fetch", async (job) => {
 *   const answer = await fetch(`https://api.example.com/invoices/${String(job.arg("id"))}`);
 *   if (answer.status === 429) throw new RetryError({ after: "90s", message: "the API asks us to slow down" });
 * });
 */
export class RetryError extends OutcomeError {
  override readonly name = "RetryError";
  readonly code = "RETRY";

  constructor({ after, message = "the handler asked for another attempt", ...options }: RetryErrorOptions) {
    super(message, options, after);
  }
}

/**
 * Runs the job again after a delay (ojs-sdk-guidelines §8.4). Nothing has failed: the attempt does not count towards `maxAttempts` and
 * leaves no error behind, so a job can wait like this as often as it wants, until its `totalTimeout`. A server that does not know
 * it sees a failed attempt with the policy's backoff.
 *
 * @throws OjsValidationError when `delay` is no duration.
 * @example
 * worker.register("report.publish", async (job) => {
 *   if (!(await isReady(job.arg("report")))) throw new SnoozeError("5m");
 * });
 */
export class SnoozeError extends OutcomeError {
  override readonly name = "SnoozeError";
  readonly code = "SNOOZE";

  constructor(delay: Duration, message = "the handler asked to run later", options: OutcomeErrorOptions = {}) {
    super(message, options, delay);
  }
}
