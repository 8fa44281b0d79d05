/**
 * Compares a history with what the server says after a restart, and reports everything that no correct server could have
 * produced. Written from the spec and the issue; knows nothing of our code.
 *
 * An operation without an answer may have happened or not; the checker accepts both and nothing between.
 */
import type { Wire } from "../../support/raw-ojs.ts";
import { checkAttempts } from "./attempt-rules.ts";
import { checkExistence, checkSentJob } from "./existence-rules.ts";
import { type History, type JobHistory, unanswered } from "./history.ts";
import { checkLeases } from "./lease-rules.ts";
import { checkOutcomes } from "./outcome-rules.ts";

/** The eight states of ojs-core §6.1. */
export const JOB_STATES: readonly string[] = [
  "scheduled",
  "available",
  "pending",
  "active",
  "completed",
  "retryable",
  "cancelled",
  "discarded",
];

/** The jobs as GET shows them; undefined where the server knows none. */
export type Snapshot = ReadonlyMap<string, Wire | undefined>;

/** Something that must not be. */
export interface Violation {
  readonly rule: string;
  readonly job?: string;
  readonly says: string;
}

/** Reports one breach of a rule about a job. */
export type Report = (rule: string, says: string) => void;

/** The rules about one job; `now` is the job after the restart. */
const JOB_RULES: readonly ((job: JobHistory, now: Wire | undefined, report: Report) => void)[] = [
  checkSentJob,
  checkOutcomes,
  checkLeases,
  checkAttempts,
];

/** Everything that is wrong; empty = nothing is. */
export function checkHistory(history: History, snapshot: Snapshot): readonly Violation[] {
  const found: Violation[] = [];
  checkStatuses(history, found);
  checkExistence(history, snapshot, (rule, says) => found.push({ rule, says }));
  for (const job of history.jobs.values()) {
    const report: Report = (rule, says) => found.push({ rule, job: job.id, says });
    for (const check of JOB_RULES) check(job, snapshot.get(job.id), report);
  }
  checkLostFetches(history, snapshot, found);
  checkHolders(history, snapshot, found);
  return found;
}

/** Recounts the jobs of a queue and compares with its counters. */
export function checkCounters(queue: string, counters: Wire, snapshot: Snapshot): readonly Violation[] {
  const counted: Record<string, number> = {};
  for (const job of snapshot.values()) {
    if (job?.queue === queue) counted[job.state] = (counted[job.state] ?? 0) + 1;
  }
  return JOB_STATES.filter((state) => counters[state] !== (counted[state] ?? 0)).map((state) => ({
    rule: "wrong-counter",
    says: `${queue} says ${counters[state]} ${state}, a recount says ${counted[state] ?? 0}`,
  }));
}

/** A server that is alive does what it is asked, or says that a job is not the asker's any more. */
function checkStatuses({ writes }: History, found: Violation[]): void {
  for (const { what, status } of writes) {
    const lost = status === 409 && !/fetch|\/jobs$|batch/.test(what);
    if (status === undefined || status === 200 || status === 201 || lost) continue;
    found.push({ rule: "unexpected-status", says: `${what} answered ${status}` });
  }
}

/**
 * Claims that nobody was told of need fetches that were not answered: each claim one of the job's queue, and all of
 * them together not more than those asked for.
 */
function checkLostFetches({ jobs, fetches }: History, snapshot: Snapshot, found: Violation[]): void {
  const lost = fetches.filter(unanswered);
  const room = lost.reduce((sum, { count }) => sum + count, 0);
  let silent = 0;
  for (const job of jobs.values()) {
    const claims = (snapshot.get(job.id)?.attempt ?? 0) - job.handouts.length;
    const chances = lost.filter(({ queues }) => queues.includes(job.sent?.queue ?? "")).length;
    if (claims > chances) {
      found.push({ rule: "unexplained-claim", job: job.id, says: `${claims} claims by ${chances} lost fetches` });
    }
    silent += Math.max(0, claims);
  }
  if (silent > room) {
    found.push({ rule: "unexplained-claim", says: `${silent} claims, ${room} jobs asked for by lost fetches` });
  }
}

/** A worker that was answered was told of every lease that it holds; ours have a new name for each fetch. */
function checkHolders({ jobs, fetches }: History, snapshot: Snapshot, found: Violation[]): void {
  const answered = new Set(fetches.filter((fetch) => !unanswered(fetch)).map(({ workerId }) => workerId));
  for (const { id, handouts } of jobs.values()) {
    const now = snapshot.get(id);
    if (now?.state !== "active" || !answered.has(now.worker_id)) continue;
    if (handouts.some(({ attempt, fetch }) => attempt === now.attempt && fetch.workerId === now.worker_id)) continue;
    found.push({ rule: "ghost-lease", job: id, says: `${now.worker_id} holds it and was never told` });
  }
}
