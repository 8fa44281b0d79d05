import type { JobRecord } from "../../core/job.ts";
import type { Database } from "./database.ts";
import { JOB_JSON, readJob } from "./job-row.ts";

/** Binds a JSON array of ids. The list comes first, so that each id is one look-up in the index. */
const JOBS_BY_ID = `
  SELECT ${JOB_JSON} FROM json_each(?) AS wanted CROSS JOIN jobs ON jobs.id = wanted.value`;

/** The jobs with these ids, by id. */
export function jobsById(ids: readonly string[], database: Database): Map<string, JobRecord> {
  if (ids.length === 0) return new Map();
  const jobs = database.all(JOBS_BY_ID, [JSON.stringify(ids)]).map(readJob);
  return new Map(jobs.map((job) => [job.id, job]));
}
