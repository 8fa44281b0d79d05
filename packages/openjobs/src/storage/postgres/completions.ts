import type { CompletedJob, Completion } from "../storage.ts";
import { isJobId, roundsOf } from "./job-ids.ts";
import { countCompleted } from "./queue-deltas.ts";
import { ACTIVE, COMPLETED } from "./states.ts";
import type { Step } from "./step.ts";
import { fromColumn, fromOptionalColumn, toColumn } from "./storable-text.ts";

/** `fenceHolds` in SQL. */
const FENCE_HOLDS = `
  CASE WHEN w.lease IS NOT NULL THEN w.lease = j.lease
    WHEN w.worker IS NOT NULL AND j.worker_id IS NOT NULL THEN w.worker = j.worker_id
    WHEN w.attempt IS NOT NULL THEN w.attempt = j.attempt ELSE true END`;

/**
 * Binds the time and a JSON array of rows, each job once; the changes are `completeChange`. The sum keeps the planner from indexes
 * for active jobs: with old statistics it thinks that they are all but empty.
 */
export const COMPLETE: string = `
  WITH done AS (
    UPDATE @.jobs AS j SET
      state = ${COMPLETED}, ended_at = $1::bigint, result = w.result, expiries = 0, due_at = NULL, lease_ms = NULL,
      lease_until = NULL, timeout_at = NULL, stall_at = NULL, revision = j.revision + 1
    FROM json_to_recordset($2::json) AS w(n integer, id uuid, lease bigint, worker text, attempt bigint, result text)
    WHERE j.id = w.id AND j.state + 0 = ${ACTIVE} AND j.workflow_id IS NULL AND j.cron IS NULL
      AND ${FENCE_HOLDS}
    RETURNING w.n, j.id, j.type, j.queue, j.attempt, j.lease, j.worker_id, j.started_at, j.meta, j.lane
  ),
  counted AS (${countCompleted("done", "$1")})
  SELECT * FROM done`;

/** What completions have brought so far. */
export interface CompletionOutcomes {
  /** A place for each, which is null for those that are left untouched. */
  readonly completions: (CompletedJob | null)[];
  /** Lanes of jobs that are completed. */
  readonly lanes: string[];
}

/** Completes the jobs whose fence holds. */
export function completionSteps(
  completions: readonly Completion[],
  now: number,
  outcomes: CompletionOutcomes,
): readonly Step[] {
  const wanted = completions.map((completion, n) => ({ n, ...completion })).filter(({ id }) => isJobId(id));
  return roundsOf(wanted).map((round) => ({
    query: { sql: COMPLETE, values: [now, JSON.stringify(round.map(rowOf))] },
    take(rows) {
      for (const row of rows) takeCompleted(row, outcomes);
    },
  }));
}

function rowOf({ n, id, fence, result }: Completion & { readonly n: number }): object {
  const { lease, workerId, attempt } = fence;
  return { n, id, lease, worker: workerId === undefined ? undefined : toColumn(workerId), attempt, result };
}

type CompletedRow = [
  n: number,
  id: string,
  type: string,
  queue: string,
  attempt: number,
  lease: number,
  workerId: string | null,
  startedAt: number | null,
  meta: string,
  lane: string | null,
];

function takeCompleted(row: readonly unknown[], { completions, lanes }: CompletionOutcomes): void {
  // COMPLETE selects exactly this
  const [n, id, type, queue, attempt, lease, workerId, startedAt, meta, lane] = row as CompletedRow;
  if (lane !== null) lanes.push(lane);
  completions[n] = {
    id,
    type: fromColumn(type),
    queue,
    attempt,
    lease,
    workerId: fromOptionalColumn(workerId),
    startedAt,
    meta,
  };
}
