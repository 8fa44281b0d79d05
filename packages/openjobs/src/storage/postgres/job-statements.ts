/**
 * Statements that write several jobs at once, whatever wants it: as they are, or in a function. `$1` is the time, `$2` a JSON
 * array of rows. The words are those of `job-row.ts`.
 */
import { JOB_COLUMN_TYPES, JOB_COLUMNS, PROGRESS_COLUMNS, PROGRESS_TYPES } from "./job-row.ts";
import { newJobValues } from "./new-job-row.ts";
import { countChanged, countInserted, countRemoved } from "./queue-deltas.ts";

/** Inserts the jobs whose ids are not there, in this order; for a SELECT from `wanted` and `added`. */
export const INSERTING: string = `
  WITH wanted AS MATERIALIZED (SELECT * FROM json_to_recordset($2::json) AS w(${JOB_COLUMN_TYPES})),
  added AS (
    INSERT INTO @.jobs (revision, ${JOB_COLUMNS.join(", ")}) SELECT 1, ${newJobValues("w")} FROM wanted AS w
    ON CONFLICT (id) DO NOTHING RETURNING id, seq, queue, state, dead_letter
  ),
  touched AS (
    INSERT INTO @.queues (name, created_at) SELECT DISTINCT queue, $1::bigint FROM added ORDER BY queue
    ON CONFLICT (name) DO NOTHING
  ),
  counted AS (${countInserted("added", "$1")})`;

/** What a row of {@link UPDATE_JOBS} has beside the progress that it stores. */
const GUARDS = `
  n integer, id uuid, revision integer, was smallint, was_dead boolean, since bigint, failed boolean, same_errors boolean,
  same_result boolean`;

/** Large texts do not travel when they stay as they are. */
const KEPT: Readonly<Partial<Record<string, string>>> = { errors: "same_errors", result: "same_result" };

const ASSIGNMENTS = PROGRESS_COLUMNS.map((name) => {
  const kept = KEPT[name];
  return `${name} = ${kept === undefined ? progressValue(name) : `CASE WHEN w.${kept} THEN j.${name} ELSE w.${name} END`}`;
}).join(", ");

function progressValue(name: string): string {
  if (name === "dead_letter" || name === "expired") return `coalesce(w.${name}, false)`;
  return ["attempt", "returned", "expiries", "lease"].includes(name) ? `coalesce(w.${name}, 0)` : `w.${name}`;
}

/**
 * Changes the jobs that are still at their revisions, each of which is in the list once; selects `n`, `id` and whether there is
 * such a job of the others.
 */
export const UPDATE_JOBS: string = `
  WITH wanted AS MATERIALIZED (SELECT * FROM json_to_recordset($2::json) AS w(${GUARDS}, ${PROGRESS_TYPES})),
  changed AS (
    UPDATE @.jobs AS j SET ${ASSIGNMENTS}, revision = j.revision + 1 FROM wanted AS w
    WHERE j.id = w.id AND j.revision = w.revision
    RETURNING w.n, j.queue, w.was, coalesce(w.was_dead, false) AS was_dead, w.since, j.state, j.dead_letter,
      coalesce(w.failed, false) AS failed
  ),
  counted AS (${countChanged("changed", "$1")})
  SELECT w.n, w.id, EXISTS (SELECT FROM @.jobs AS j WHERE j.id = w.id) AS there
  FROM wanted AS w WHERE NOT EXISTS (SELECT FROM changed AS c WHERE c.n = w.n) ORDER BY w.n`;

/** The same for jobs to remove. */
export const REMOVE_JOBS: string = `
  WITH wanted AS MATERIALIZED (SELECT * FROM json_to_recordset($2::json) AS w(n integer, id uuid, revision integer)),
  gone AS (
    DELETE FROM @.jobs AS j USING wanted AS w WHERE j.id = w.id AND j.revision = w.revision
    RETURNING w.n, j.queue, j.state, j.dead_letter
  ),
  counted AS (${countRemoved("gone", "$1")})
  SELECT w.n, w.id, EXISTS (SELECT FROM @.jobs AS j WHERE j.id = w.id) AS there
  FROM wanted AS w WHERE NOT EXISTS (SELECT FROM gone AS g WHERE g.n = w.n) ORDER BY w.n`;
