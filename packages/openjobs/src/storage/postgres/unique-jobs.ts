/** Jobs that are in the way of unique ones. */
import type { JobRecord } from "../../core/job.ts";
import { isInTheWay, newestFirst, newestFree, type UniqueGuard } from "../../core/unique-guard.ts";
import { jobColumns, readJob } from "./job-row.ts";
import type { Reader } from "./reader.ts";
import { stateNumber } from "./states.ts";

/** Binds a JSON array of rows, and how many jobs to read for each. */
const IN_THE_WAY = `
  SELECT ${jobColumns("j")} FROM json_to_recordset($1::json) AS w(fingerprint text, state smallint, free bigint)
  CROSS JOIN LATERAL (
    SELECT * FROM @.jobs AS j
    WHERE j.fingerprint = w.fingerprint AND j.state = w.state AND j.created_at > w.free
    ORDER BY j.created_at DESC, j.seq DESC LIMIT $2
  ) AS j`;

/** For each guard the jobs in the way, the last created first. */
export async function jobsInTheWay(
  guards: readonly UniqueGuard[],
  now: number,
  limit: number,
  database: Reader,
): Promise<readonly (readonly JobRecord[])[]> {
  const wanted = guards.flatMap((guard) =>
    guard.states.map((state) => ({
      fingerprint: guard.fingerprint,
      state: stateNumber(state),
      free: newestFree(guard, now),
    })),
  );
  const rows = await database.read(IN_THE_WAY, [JSON.stringify(wanted), limit]);
  const found = new Map(rows.map(readJob).map((job) => [job.id, job]));
  return guards.map((guard) =>
    [...found.values()]
      .filter((job) => isInTheWay(job, guard, now))
      .sort(newestFirst)
      .slice(0, limit),
  );
}
