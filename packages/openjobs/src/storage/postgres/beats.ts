import type { JobRecord } from "../../core/job.ts";
import type { Beat, BeatOutcome } from "../storage.ts";
import { isJobId, roundsOf } from "./job-ids.ts";
import { jobColumns, readJob } from "./job-row.ts";
import type { Rows } from "./link.ts";
import { ACTIVE, CANCELLED } from "./states.ts";
import { type Step, silent } from "./step.ts";
import { toColumn } from "./storable-text.ts";
import { forgetWorker, keepWorker } from "./workers.ts";

/** Whether a job is the worker's, as far as anybody knows; binds the worker as `$2`. */
const OWN = "(j.worker_id IS NULL OR j.worker_id = $2::text)";

/** Binds the time, the worker, a JSON array of rows and the visibility timeout asked for. The same as `extendChange`. */
export const EXTEND: string = `
  UPDATE @.jobs AS j SET
    lease_ms = coalesce($4::bigint, j.lease_ms, 0), lease_until = $1::bigint + coalesce($4::bigint, j.lease_ms, 0),
    stall_at = $1::bigint + j.heartbeat_ms, revision = j.revision + 1,
    due_at = least($1::bigint + coalesce($4::bigint, j.lease_ms, 0), j.timeout_at, $1::bigint + j.heartbeat_ms, j.end_by)
  FROM json_to_recordset($3::json) AS w(n integer, id uuid, lease bigint)
  WHERE j.id = w.id AND j.state + 0 = ${ACTIVE} AND ${OWN} AND (w.lease IS NULL OR w.lease = j.lease)
  RETURNING w.n, ${jobColumns("j")}`;

/** Binds a JSON array of ids and the worker. */
export const CANCELLED_UNDER: string = `
  SELECT j.id FROM @.jobs AS j WHERE j.id IN (SELECT w.id::uuid FROM json_array_elements_text($1::json) AS w(id))
    AND j.state + 0 = ${CANCELLED} AND ${OWN}`;

/** Extends the listed jobs that the worker still holds, and refreshes or ends its registration. */
export class BeatPlan {
  readonly #beat: Beat;
  readonly #extended = new Map<number, JobRecord>();
  readonly #cancelled = new Set<unknown>();
  readonly steps: readonly Step[];

  constructor(beat: Beat, now: number) {
    this.#beat = beat;
    const { worker, jobs, leaving } = beat;
    const wanted = jobs.map(({ id, lease }, n) => ({ n, id, lease })).filter(({ id }) => isJobId(id));
    const registration = leaving ? forgetWorker(worker.id) : keepWorker({ ...worker, lastBeatAt: now });
    this.steps = [...this.#jobSteps(wanted, now), silent(registration)];
  }

  outcome(): BeatOutcome {
    const left = this.#beat.jobs.filter((_, index) => !this.#extended.has(index)).map(({ id }) => id);
    const extended = [...this.#extended].sort(([a], [b]) => a - b).map(([, job]) => job);
    return { extended, lost: left, cancelled: left.filter((id) => this.#cancelled.has(id)) };
  }

  #jobSteps(wanted: readonly { readonly n: number; readonly id: string }[], now: number): Step[] {
    if (wanted.length === 0) return [];
    const worker = toColumn(this.#beat.worker.id);
    const steps = roundsOf(wanted).map((round): Step => {
      const values = [now, worker, JSON.stringify(round), this.#beat.visibilityMs ?? null];
      return { query: { sql: EXTEND, values }, take: (rows) => this.#noteExtended(rows) };
    });
    const values = [JSON.stringify(wanted.map(({ id }) => id)), worker];
    return [...steps, { query: { sql: CANCELLED_UNDER, values }, take: (rows) => this.#noteCancelled(rows) }];
  }

  #noteExtended(rows: Rows): void {
    for (const row of rows) this.#extended.set(Number(row[0]), readJob(row.slice(1)));
  }

  #noteCancelled(rows: Rows): void {
    for (const [id] of rows) this.#cancelled.add(id);
  }
}
