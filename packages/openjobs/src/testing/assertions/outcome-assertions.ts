/** Assertions about what became of jobs (ojs-testing §6.2), and of their attempts. */
import { JobAssertions } from "./job-assertions.ts";
import type { JobCondition, JobKind, JobMatchOf, JobOf } from "./job-match.ts";

const inState =
  (state: string): JobCondition =>
  (job) =>
    job.state === state ? "" : `is ${job.state}`;

const COMPLETED = inState("completed");
const DISCARDED = inState("discarded");
const CANCELLED = inState("cancelled");

const hasFailed: JobCondition = ({ errors, state }) => {
  if (errors.length === 0) return "has not failed";
  return state === "completed" ? "is completed" : "";
};

const isRetried: JobCondition = ({ errors, state, attempt }) => {
  if (errors.length === 0) return "has not failed";
  return state === "retryable" || attempt > 1 ? "" : "was not tried again";
};

/** See above. */
export abstract class OutcomeAssertions extends JobAssertions {
  readonly #isSnoozed: JobCondition = ({ id }) => (this.sight.snoozesOf(id) > 0 ? "" : "was not snoozed");

  /**
   * That such a job has completed.
   *
   * @returns The first of them.
   * @throws TestAssertionError.
   * @example ojs.assertCompleted(sendEmail, { result: { messageId: "m-1" }, attempts: 2 });
   */
  assertCompleted<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): JobOf<Kind> {
    return this.expectJob("completed", kind, match, COMPLETED);
  }

  /**
   * That no such job has completed.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteCompleted("email.send");
   */
  refuteCompleted<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): void {
    this.expectNoJob("completed", kind, match, COMPLETED);
  }

  /**
   * That such a job has failed, and is waiting for another attempt or has had its last one.
   *
   * @returns The first of them.
   * @throws TestAssertionError.
   * @example ojs.assertFailed("email.send", { error: /SMTP/ });
   */
  assertFailed<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): JobOf<Kind> {
    return this.expectJob("failed", kind, match, hasFailed);
  }

  /**
   * That no such job has failed; one that has completed after all has not.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteFailed("email.send");
   */
  refuteFailed<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): void {
    this.expectNoJob("failed", kind, match, hasFailed);
  }

  /**
   * That such a job has failed and was tried again, or waits for that.
   *
   * @returns The first of them.
   * @throws TestAssertionError.
   * @example ojs.assertRetried("email.send", { attempts: 1, error: "SMTP down" });
   */
  assertRetried<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): JobOf<Kind> {
    return this.expectJob("retried", kind, match, isRetried);
  }

  /**
   * That no such job was tried again, nor will be.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteRetried("payment.charge");
   */
  refuteRetried<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): void {
    this.expectNoJob("retried", kind, match, isRetried);
  }

  /**
   * That such a job was given up.
   *
   * @returns The first of them.
   * @throws TestAssertionError.
   * @example ojs.assertDiscarded("payment.charge", { error: { type: "DiscardError" } });
   */
  assertDiscarded<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): JobOf<Kind> {
    return this.expectJob("discarded", kind, match, DISCARDED);
  }

  /**
   * That no such job was given up.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteDiscarded("payment.charge");
   */
  refuteDiscarded<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): void {
    this.expectNoJob("discarded", kind, match, DISCARDED);
  }

  /**
   * That such a job was cancelled.
   *
   * @returns The first of them.
   * @throws TestAssertionError.
   * @example ojs.assertCancelled("order.ship", { args: { order: "o-7" } });
   */
  assertCancelled<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): JobOf<Kind> {
    return this.expectJob("cancelled", kind, match, CANCELLED);
  }

  /**
   * That no such job was cancelled.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteCancelled("order.ship");
   */
  refuteCancelled<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): void {
    this.expectNoJob("cancelled", kind, match, CANCELLED);
  }

  /**
   * That the handler of such a job has put it off by a `SnoozeError`, once at least, in a drain or in `perform`.
   *
   * @returns The first of them.
   * @throws TestAssertionError.
   * @example ojs.assertSnoozed("report.send", { state: "retryable" });
   */
  assertSnoozed<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): JobOf<Kind> {
    return this.expectJob("snoozed", kind, match, this.#isSnoozed);
  }

  /**
   * That no such job was put off.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteSnoozed("report.send");
   */
  refuteSnoozed<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): void {
    this.expectNoJob("snoozed", kind, match, this.#isSnoozed);
  }
}
