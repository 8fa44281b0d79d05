/** What goes wrong in middleware itself, to be told apart from failing handlers (ojs-middleware §7.4). */

/**
 * Middleware broke its contract: it called `next` twice, changed the id of a job, or did neither one thing nor the other.
 *
 * @example
 * try {
 *   await client.enqueue("email.send", { to });
 * } catch (error) {
 *   if (error instanceof MiddlewareError) console.error("a bug in our middleware:", error.message);
 * }
 */
export class MiddlewareError extends Error {
  override readonly name = "MiddlewareError";
  /** A mistake of the program: another attempt with the same program fails the same way. */
  readonly retryable = false;
}
