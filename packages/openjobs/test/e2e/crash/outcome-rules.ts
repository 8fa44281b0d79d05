/** What was said about a job stays: acks, nacks and cancellations that were answered 2xx (ojs-core §6.3). */
import type { Wire } from "../../support/raw-ojs.ts";
import type { Report } from "./checker.ts";
import { type JobHistory, type Outcome, succeeded, unanswered } from "./history.ts";

/** Each state needs somebody who brought the job there, and each accepted outcome has to show. */
export function checkOutcomes(job: JobHistory, now: Wire | undefined, report: Report): void {
  if (now === undefined) return;
  checkAcks(job, now, report);
  checkCompletion(job, now, report);
  for (const nack of outcomes(job, "nack")) checkNack(nack, now, report);
  checkErrors(job, now, report);
  checkEnd(job, now, report);
}

function outcomes(job: JobHistory, kind: Outcome["kind"]): readonly Outcome[] {
  return job.outcomes.filter((outcome) => outcome.kind === kind);
}

function checkAcks(job: JobHistory, now: Wire, report: Report): void {
  const accepted = outcomes(job, "ack").filter(succeeded);
  if (accepted.length > 0 && now.state !== "completed") report("undone-ack", `acked, now ${now.state}`);
  for (const { result } of accepted) {
    if (JSON.stringify(now.result ?? null) === result) continue;
    report("undone-ack", `acked with ${result}, now ${JSON.stringify(now.result)}`);
  }
  // One that is repeated after a lost answer is accepted again, so count different ones.
  if (new Set(accepted.map(({ text }) => text)).size > 1) report("two-acks", `${accepted.length} acks were accepted`);
}

/** Completed and its result are one: both there, from one ack, with the error gone (L0-LC, ojs-core §5.3). */
function checkCompletion(job: JobHistory, now: Wire, report: Report): void {
  if (now.state !== "completed") {
    if (now.result !== undefined) report("half-ack", `${now.state}, but it has a result`);
    return;
  }
  const possible = outcomes(job, "ack").filter((ack) => succeeded(ack) || unanswered(ack));
  if (!possible.some(({ result }) => result === JSON.stringify(now.result ?? null))) {
    report("unexplained-completion", `no ack had the result ${JSON.stringify(now.result)}`);
  }
  if (now.completed_at === undefined || now.error !== undefined) {
    report("half-ack", `completed_at ${now.completed_at}, error ${JSON.stringify(now.error)}`);
  }
}

function checkNack(nack: Outcome, now: Wire, report: Report): void {
  const times = errorsOf(now).filter(({ message }) => message === nack.message).length;
  if (times > 1) report("repeated-error", `"${nack.message}" was recorded ${times} times`);
  if (nack.status === 409 && times > 0) report("refused-nack", `"${nack.message}" was refused and recorded`);
  if (!succeeded(nack)) return;
  if (times === 0) report("lost-error", `"${nack.message}" was answered 2xx and is not recorded`);
  if (nack.answeredState === "discarded" && now.state !== "discarded") {
    report("undone-nack", `answered discarded, now ${now.state}`);
  }
}

/** An error that is recorded ended its attempt. */
function checkErrors(job: JobHistory, now: Wire, report: Report): void {
  if (now.state !== "active") return;
  for (const { message, attempt } of errorsOf(now)) {
    if (attempt === now.attempt) report("half-nack", `"${message}" is recorded and attempt ${attempt} still runs`);
  }
  for (const nack of outcomes(job, "nack").filter(succeeded)) {
    if (nack.fence.lease !== undefined && nack.fence.lease === now.lease) {
      report("undone-nack", `lease ${now.lease} was nacked and still runs`);
    }
  }
}

function checkEnd(job: JobHistory, now: Wire, report: Report): void {
  const cancelled = job.cancels.some(succeeded);
  if (cancelled && now.state !== "cancelled") report("undone-cancel", `cancelled, now ${now.state}`);
  if (now.state === "cancelled" && !cancelled && !job.cancels.some(unanswered)) {
    report("unexplained-cancel", "nobody has cancelled it");
  }
  if (now.state === "discarded" && !mayBeDiscarded(job, now)) {
    report("unexplained-discard", `after ${errorsOf(now).length} of ${now.max_attempts} attempts`);
  }
}

/** Somebody gave up on it, or its attempts are used up. */
function mayBeDiscarded(job: JobHistory, now: Wire): boolean {
  const givenUp = outcomes(job, "nack").some((nack) => !nack.retryable && nack.status !== 409);
  return givenUp || now.attempt - returnedAttempts(job, now) >= now.max_attempts;
}

/** Attempts that were handed back: those with a requeue that happened, which is one whose error is recorded. */
export function returnedAttempts(job: JobHistory, now: Wire): number {
  const recorded = new Set(errorsOf(now).map(({ message }) => message));
  return job.outcomes.filter(({ requeue, message }) => requeue && recorded.has(message)).length;
}

/** The recorded errors, oldest first. */
export function errorsOf(now: Wire): readonly { readonly message: string; readonly attempt: number }[] {
  return now.errors ?? [];
}
