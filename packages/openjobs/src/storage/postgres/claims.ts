import type { JobRecord } from "../../core/job.ts";
import type { WorkflowRecord } from "../../core/workflow/workflow.ts";
import type { Claim, Opening } from "../storage.ts";
import type { ClaimMarks } from "./claim-marks.ts";
import { JOB_WIDTH, jobColumns, readJob } from "./job-row.ts";
import type { Rows } from "./link.ts";
import { countClaimed } from "./queue-deltas.ts";
import { ACTIVE, AVAILABLE } from "./states.ts";
import type { Step } from "./step.ts";
import { toOptionalColumn } from "./storable-text.ts";
import { readWorkflow, workflowJson } from "./workflow-row.ts";

const LEASE = "coalesce(j.visibility_ms, c.lease_ms)";
const TIMEOUT = "coalesce(j.timeout_ms, c.timeout_ms)";

/** The jobs of a range that can be claimed, locked, in order. */
function claimableIn(range: string): string {
  return `SELECT * FROM (
      SELECT j.id, j.priority, j.available_at, j.seq FROM @.jobs AS j
      WHERE ${range} AND j.state = ${AVAILABLE} AND j.queue = r.queue AND j.lane IS NULL
        AND (j.due_at IS NULL OR j.due_at > $1::bigint)
      ORDER BY j.priority DESC, j.available_at, j.seq LIMIT $3::bigint FOR UPDATE SKIP LOCKED
    ) AS job`;
}

/**
 * Binds the time, a JSON array of queues, how many, a JSON array of claims, each of which gets the jobs from place `after` up
 * to `upto`, and the ranges of the queues in which to look, in order (`claim-marks.ts`). Whoever is due while available is too late to be claimed. What others hold is passed by. The changes are
 * `claimChange`; the state is looked at again, because a job may have changed while its row was waited for. Where one of the queues
 * has lanes, a function does all of it, for which a number that tells the schema is bound last; its rows without a claim are
 * openings.
 */
export const CLAIM: string = `
  WITH laned AS MATERIALIZED (
    SELECT EXISTS (
      SELECT FROM json_array_elements_text($2::json) AS wanted(queue) JOIN LATERAL (
        SELECT FROM @.jobs AS j WHERE j.state = ${AVAILABLE} AND j.queue = wanted.queue AND j.lane IS NOT NULL LIMIT 1
      ) AS j ON true
    ) AS waits
  ),
  first AS MATERIALIZED (
    SELECT r.place, job.*
    FROM json_to_recordset($5::json) AS r(place integer, queue text, lo integer, hi integer, at bigint, seq bigint, below boolean)
    CROSS JOIN LATERAL (
      ${claimableIn("r.at IS NULL AND j.priority BETWEEN r.lo AND r.hi")} UNION ALL
      ${claimableIn("r.at IS NOT NULL AND r.below IS NULL AND j.priority = r.lo AND (j.available_at, j.seq) > (r.at, r.seq)")} UNION ALL
      ${claimableIn("r.below AND j.priority = r.lo AND (j.available_at, j.seq) <= (r.at, r.seq)")}
    ) AS job
    WHERE NOT (SELECT waits FROM laned)
      AND NOT EXISTS (SELECT FROM @.queues AS q WHERE q.name = r.queue AND q.paused_at IS NOT NULL)
    LIMIT $3::bigint
  ),
  picked AS MATERIALIZED (
    SELECT f.id, row_number() OVER (ORDER BY f.place, f.priority DESC, f.available_at, f.seq) AS n FROM first AS f
  ),
  claimed AS (
    UPDATE @.jobs AS j SET
      state = ${ACTIVE}, attempt = j.attempt + 1, lease = j.lease + 1, worker_id = c.worker, started_at = $1::bigint,
      lease_ms = ${LEASE}, lease_until = $1::bigint + ${LEASE}, timeout_at = $1::bigint + ${TIMEOUT},
      due_at = least($1::bigint + ${LEASE}, $1::bigint + ${TIMEOUT}, j.end_by), revision = j.revision + 1
    FROM picked AS p
    JOIN json_to_recordset($4::json) AS c(n integer, after bigint, upto bigint, worker text, lease_ms bigint, timeout_ms bigint)
      ON p.n > c.after AND p.n <= c.upto
    WHERE j.id = p.id AND j.state + 0 = ${AVAILABLE}
    RETURNING c.n AS claim, p.n AS place, j.*
  ),
  counted AS (${countClaimed("claimed", "$1")}),
  started AS (
    UPDATE @.workflows AS w SET started_at = $1::bigint
    WHERE w.id = ANY (ARRAY(SELECT c.workflow_id FROM claimed AS c WHERE c.workflow_id IS NOT NULL)) AND w.started_at IS NULL
    RETURNING w.*
  )
  SELECT ${jobColumns("c")}, c.claim, c.place,
    CASE WHEN c.workflow_id IS NOT NULL THEN (SELECT ${workflowJson("s")} FROM started AS s WHERE s.id = c.workflow_id) END,
    NULL
  FROM claimed AS c
  UNION ALL
  SELECT ${jobColumns("(l.job)")}, l.claim, l.place, l.workflow, l.queue
  FROM @.claim_in_lanes_v1($1::bigint, $2::json, $4::json, $6::integer) AS l WHERE (SELECT waits FROM laned)`;

/** Binds the time, JSON arrays of queues and of ids, the claim, and the number that tells the schema. */
const CLAIM_CHOSEN = `
  SELECT ${jobColumns("(l.job)")}, l.claim, l.place, l.workflow, l.queue
  FROM @.claim_chosen_v1($1::bigint, $2::json, $3::json, $4::json, $5::integer) AS l`;

/** What claims have brought so far. */
export interface ClaimOutcomes {
  /** A place for each claim. */
  readonly claims: JobRecord[][];
  readonly started: Map<string, WorkflowRecord>;
  /** By queue. */
  readonly openings: Map<string, Opening>;
}

interface Numbered {
  readonly n: number;
  readonly claim: Claim;
}

/** Claims on the same queues, one after the other. */
interface Alike {
  readonly queues: readonly string[];
  readonly key: string;
  readonly claims: Numbered[];
}

/** What {@link claimSteps} knows beside the claims. */
export interface ClaimScene {
  readonly now: number;
  readonly lockClass: number;
  readonly marks: ClaimMarks;
}

/** Claims jobs from the queues that are not paused, from left to right. Claims on the same queues share a statement. */
export function claimSteps(claims: readonly Claim[], scene: ClaimScene, outcomes: ClaimOutcomes): readonly Step[] {
  const groups: Alike[] = [];
  for (const [n, claim] of claims.entries()) {
    const queues = [...new Set(claim.queues)];
    if (claim.limit <= 0 || queues.length === 0) continue;
    const key = JSON.stringify(queues);
    const last = groups.at(-1);
    if (claim.only !== undefined) groups.push({ queues, key, claims: [{ n, claim }] });
    else if (last?.key === key && last.claims[0]?.claim.only === undefined) last.claims.push({ n, claim });
    else groups.push({ queues, key, claims: [{ n, claim }] });
  }
  return groups.map((alike) => {
    const [first] = alike.claims;
    const only = first?.claim.only;
    return only === undefined ? claimStep(alike, scene, outcomes) : chosenStep(alike, only, scene, outcomes);
  });
}

/** Where others begin to look stays as it is: this claim passes jobs by that are for them. */
function chosenStep(
  { key, claims }: Alike,
  only: readonly string[],
  { now, lockClass }: ClaimScene,
  outcomes: ClaimOutcomes,
): Step {
  const [row] = placesOf(claims).rows;
  return {
    query: { sql: CLAIM_CHOSEN, values: [now, key, JSON.stringify(only), JSON.stringify(row), lockClass] },
    take: (rows) => void takeClaimed(rows, outcomes),
  };
}

function claimStep(alike: Alike, { now, lockClass, marks }: ClaimScene, outcomes: ClaimOutcomes): Step {
  const { sum, rows } = placesOf(alike.claims);
  const since = marks.realTime;
  const ranges = JSON.stringify(marks.rangesOf(alike.queues));
  return {
    query: { sql: CLAIM, values: [now, alike.key, sum, JSON.stringify(rows), ranges, lockClass] },
    take(claimed) {
      const jobs = takeClaimed(claimed, outcomes);
      marks.note(jobs, now, since);
    },
  };
}

function placesOf(claims: readonly Numbered[]): { readonly sum: number; readonly rows: readonly object[] } {
  let sum = 0;
  const rows = claims.map(({ n, claim: { limit, workerId, leaseMs, timeoutMs } }) => {
    const after = sum;
    sum += limit;
    return { n, after, upto: sum, worker: toOptionalColumn(workerId), lease_ms: leaseMs, timeout_ms: timeoutMs };
  });
  return { sum, rows };
}

/** The rows come in no order. Returns the jobs that waited in no lane. */
function takeClaimed(rows: Rows, { claims, started, openings }: ClaimOutcomes): readonly JobRecord[] {
  const plain: JobRecord[] = [];
  const inOrder = [...rows].sort((a, b) => Number(a[JOB_WIDTH + 1]) - Number(b[JOB_WIDTH + 1]));
  for (const row of inOrder) {
    const [claim, place, workflow, queue] = row.slice(JOB_WIDTH);
    if (claim === null) {
      openings.set(String(queue), { queue: String(queue), at: place === null ? null : Number(place) });
      continue;
    }
    const job = readJob(row);
    claims[Number(claim)]?.push(job);
    if (job.lane === null) plain.push(job);
    if (typeof workflow !== "string") continue;
    const record = readWorkflow(JSON.parse(workflow));
    started.set(record.id, record);
  }
  return plain;
}
