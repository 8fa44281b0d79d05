/** What is wrong with the steps of a job is wrong with its code: trying again would find the same. */
export class StepError extends Error {
  override readonly name = "StepError";
  /** The attempt is the last one. */
  readonly retryable = false;

  constructor(message: string, hint: string, options: ErrorOptions = {}) {
    super(`${message} ${hint}`, options);
  }
}
