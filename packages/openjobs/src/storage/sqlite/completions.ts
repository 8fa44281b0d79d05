import { fenceHolds } from "../../core/fence.ts";
import type { CompletedJob, Completion } from "../storage.ts";
import { ACTIVE, COMPLETED } from "./schema.ts";
import type { Transaction } from "./transaction.ts";

/** An active job, as far as its completion needs it. */
interface RunningJob extends CompletedJob {
  readonly seq: number;
}

/** The active ones among the jobs with these ids whose end nobody may wait for. */
const RUNNING = `
  SELECT json_object('seq', jobs.seq, 'id', jobs.id, 'type', jobs.type, 'queue', jobs.queue, 'attempt', jobs.attempt,
    'lease', jobs.lease, 'workerId', jobs.worker_id, 'startedAt', jobs.started_at, 'meta', jobs.meta)
  FROM json_each(?) AS wanted CROSS JOIN jobs ON jobs.id = wanted.value
  WHERE jobs.state = ${ACTIVE} AND jobs.workflow_id IS NULL AND jobs.cron IS NULL`;

/** Binds the time and a JSON array of `[seq, result]`; the rest is `completeChange`. */
const COMPLETE = `
  UPDATE jobs SET
    state = ${COMPLETED}, ended_at = ?, result = ended.value ->> 1, expiries = 0, due_at = NULL, lease_ms = NULL,
    lease_until = NULL, timeout_at = NULL, stall_at = NULL, revision = revision + 1
  FROM json_each(?) AS ended WHERE jobs.seq = ended.value ->> 0`;

/** Completes the jobs whose fence holds, with two statements however many they are. */
export function runCompletions(
  completions: readonly Completion[],
  { database, draft, lanes, now }: Transaction,
): (CompletedJob | null)[] {
  if (completions.length === 0) return [];
  const ids = completions.map(({ id }) => id);
  const running = new Map(database.all(RUNNING, [JSON.stringify(ids)]).map(readRunning));
  const ended: [seq: number, result: string | null][] = [];
  const outcomes = completions.map(({ id, fence, result }) => {
    const found = running.get(id);
    if (found === undefined || !fenceHolds(found, fence)) return null;
    // A second completion of the job in this group comes too late.
    running.delete(id);
    lanes.ended(id);
    const { seq, queue, startedAt } = found;
    ended.push([seq, result]);
    draft.tally.completed({ queue, startedAt, state: "active", deadLetter: false }, now);
    return found;
  });
  if (ended.length > 0) database.run(COMPLETE, [now, JSON.stringify(ended)]);
  return outcomes;
}

function readRunning(value: unknown): [string, RunningJob] {
  const job = JSON.parse(String(value)) as RunningJob; // RUNNING writes exactly this
  return [job.id, job];
}
