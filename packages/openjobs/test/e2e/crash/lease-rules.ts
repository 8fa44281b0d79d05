/** One live lease a job, none after its end, and a live one is honoured (design 3.4, ojs-worker-protocol §5). */
import type { Wire } from "../../support/raw-ojs.ts";
import type { Report } from "./checker.ts";
import { type Handout, type JobHistory, type Operation, type Outcome, succeeded } from "./history.ts";

/** Both sides round to whole milliseconds. */
const SLACK_MS = 5;

/** Looks at the handouts of a job in the order of its attempts. */
export function checkLeases(job: JobHistory, _now: Wire | undefined, report: Report): void {
  const handouts = job.handouts.toSorted((one, other) => one.attempt - other.attempt);
  for (const [index, handout] of handouts.entries()) {
    const before = handouts[index - 1];
    if (before === undefined) continue;
    checkFences(before, handout, report);
    checkOverlap(job, before, handout, report);
  }
  for (const handout of handouts) checkFinality(job, handout, report);
  for (const outcome of job.outcomes) checkRefusal(job, handouts, outcome, report);
}

function checkFences(before: Handout, after: Handout, report: Report): void {
  if (before.attempt === after.attempt) report("repeated-attempt", `attempt ${after.attempt} was handed out twice`);
  if (before.lease === undefined || after.lease === undefined || before.lease < after.lease) return;
  report("repeated-lease", `lease ${after.lease} follows ${before.lease}`);
}

/** The second claim happened before its answer; the first lease cannot have ended before its fetch plus its length. */
function checkOverlap(job: JobHistory, before: Handout, after: Handout, report: Report): void {
  const earliestEnd = before.fetch.sentAt + before.fetch.leaseMs - SLACK_MS;
  if (after.fetch.answeredAt >= earliestEnd) return;
  const released = job.outcomes.some(
    (outcome) => outcome.status !== 409 && mayConcern(outcome, before) && outcome.sentAt <= after.fetch.answeredAt,
  );
  if (released) return;
  report(
    "double-lease",
    `attempt ${after.attempt} was handed out ${earliestEnd - after.fetch.answeredAt} ms before the lease of attempt ${before.attempt} could end`,
  );
}

/** Whether an outcome can have been about this handout, by what fences it. */
function mayConcern({ fence }: Outcome, handout: Handout): boolean {
  if (fence.lease !== undefined) return fence.lease === handout.lease;
  if (fence.worker_id !== undefined) return fence.worker_id === handout.fetch.workerId;
  return fence.attempt === undefined || fence.attempt === handout.attempt;
}

/** Nothing is handed out after an end that was answered. */
function checkFinality(job: JobHistory, handout: Handout, report: Report): void {
  const ends: readonly (Operation & { readonly fence?: Outcome["fence"] })[] = [
    ...job.cancels,
    ...job.outcomes.filter(({ kind, answeredState }) => kind === "ack" || answeredState === "discarded"),
  ].filter(succeeded);
  const broken = ends.some(
    ({ answeredAt, fence }) =>
      handout.fetch.sentAt > answeredAt ||
      (fence?.lease !== undefined && handout.lease !== undefined && handout.lease > fence.lease),
  );
  if (broken) report("handed-out-after-end", `attempt ${handout.attempt} by worker ${handout.fetch.workerId}`);
}

/** Whoever holds a live lease that nobody else has touched is listened to. */
function checkRefusal(job: JobHistory, handouts: readonly Handout[], outcome: Outcome, report: Report): void {
  if (outcome.status !== 409 || outcome.fence.lease === undefined) return;
  const held = handouts.find(({ lease }) => lease === outcome.fence.lease);
  if (held === undefined || outcome.answeredAt >= held.fetch.sentAt + held.fetch.leaseMs - SLACK_MS) return;
  const others = [...job.outcomes.filter((other) => mayConcern(other, held)), ...job.cancels];
  if (others.some((other) => other !== outcome && other.status !== 409 && other.sentAt <= outcome.answeredAt)) return;
  report("live-lease-refused", `${outcome.kind} of lease ${held.lease} was refused while it was live`);
}
