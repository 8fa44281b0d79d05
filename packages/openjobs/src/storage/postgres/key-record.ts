import type { Starts } from "../../core/permits.ts";
import { type KeyRecord, laneCounts } from "../key-record.ts";
import type { Database } from "./database.ts";
import { ACTIVE, AVAILABLE, laneKey } from "./states.ts";

const WITH_KEY = `j.lane IS NOT NULL AND ${laneKey("j")} = $1`;

/** Along the indexes by key, one for jobs that wait and one for those that run. */
const WAITING = `SELECT j.lane FROM @.jobs AS j WHERE j.state = ${AVAILABLE} AND ${WITH_KEY} LIMIT $2`;
const RUNNING = `SELECT j.lane FROM @.jobs AS j WHERE j.state = ${ACTIVE} AND ${WITH_KEY}`;
const STARTS = "SELECT starts FROM @.rate_limits WHERE key = $1";

/** What jobs with this key do. */
export async function underKey(key: string, limit: number, database: Database): Promise<KeyRecord> {
  const [waiting, running, starts] = await Promise.all([
    database.read(WAITING, [key, limit]),
    database.read(RUNNING, [key]),
    database.value(STARTS, [key]),
  ]);
  const lanesOf = (rows: typeof waiting): string[] => rows.map(([lane]) => String(lane));
  const [keepMs, entries] = starts === null ? [0, []] : (JSON.parse(String(starts)) as StoredStarts); // a claim wrote it
  return { lanes: laneCounts(lanesOf(waiting), lanesOf(running)), starts: { keepMs, entries } };
}

type StoredStarts = [keepMs: number, entries: Starts["entries"]];
