/** What a board of lanes is loaded from, and what of it has to be stored: the recent starts under each key. */
import { lanesOfKey } from "../../core/lane.ts";
import type { Starts } from "../../core/permits.ts";
import { type KeyRecord, laneCounts } from "../key-record.ts";
import type { LaneFacts } from "../lane-board.ts";
import type { Database } from "./database.ts";
import { ACTIVE, AVAILABLE } from "./schema.ts";

/** Binds a queue and a lane. */
const NEXT_LANE = `SELECT min(lane) FROM jobs WHERE state = ${AVAILABLE} AND queue = ? AND lane > ?`;

const RUNNING_IN_LANES = `
  SELECT json_array(id, lane) FROM jobs INDEXED BY jobs_running_in_lanes WHERE state = ${ACTIVE} AND lane IS NOT NULL`;

/** The empty text sorts before every name. */
const QUEUES = "SELECT name FROM queues WHERE name > ''";
const WAITING_IN_LANES = `
  SELECT lane FROM jobs WHERE state = ${AVAILABLE} AND queue = ? AND lane >= ? AND lane < ? LIMIT ?`;
const RUNNING_WITH_KEY = `
  SELECT lane FROM jobs INDEXED BY jobs_running_in_lanes
  WHERE state = ${ACTIVE} AND lane IS NOT NULL AND lane >= ? AND lane < ?`;

const STARTS = "SELECT starts FROM rate_limits WHERE key = ?";
const ALL_STARTS = "SELECT json_array(key, json(starts)) FROM rate_limits";
const PUT_STARTS = `
  INSERT INTO rate_limits (key, starts) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET starts = excluded.starts`;
const DROP_STARTS = "DELETE FROM rate_limits WHERE key = ?";

type StoredStarts = [keepMs: number, entries: Starts["entries"]];

/** What the file says about lanes. One look-up for each lane, however many jobs are in it. */
export function readLanes(database: Database): LaneFacts {
  const queues = database.all("SELECT name FROM queues").map(String);
  return {
    lanes: queues.flatMap((queue) => lanesOf(queue, database).map((lane) => ({ queue, lane }))),
    running: database.all(RUNNING_IN_LANES).map((row) => {
      const [id, lane] = JSON.parse(String(row)) as [string, string]; // RUNNING_IN_LANES writes exactly this
      return { id, lane };
    }),
    starts: database.all(ALL_STARTS).map((row) => {
      const [key, [keepMs, entries]] = JSON.parse(String(row)) as [string, StoredStarts]; // writeStarts wrote it
      return [key, { keepMs, entries }];
    }),
  };
}

/** What jobs with this key do. */
export function underKey(key: string, limit: number, database: Database): KeyRecord {
  const { from, to } = lanesOfKey(key);
  const waiting: string[] = [];
  for (const queue of database.all(QUEUES).map(String)) {
    if (waiting.length >= limit) break;
    waiting.push(...database.all(WAITING_IN_LANES, [queue, from, to, limit - waiting.length]).map(String));
  }
  const active = database.all(RUNNING_WITH_KEY, [from, to]).map(String);
  const starts = database.value(STARTS, [key]);
  const [keepMs, entries] = starts === null ? [0, []] : (JSON.parse(String(starts)) as StoredStarts); // writeStarts wrote it
  return { lanes: laneCounts(waiting, active), starts: { keepMs, entries } };
}

function lanesOf(queue: string, database: Database): string[] {
  const lanes: string[] = [];
  for (let lane = next(""); lane !== null; lane = next(lane)) lanes.push(lane);
  return lanes;

  function next(after: string): string | null {
    const found = database.value(NEXT_LANE, [queue, after]);
    return found === null ? null : String(found);
  }
}

/** Stores starts; null = there are none to remember any more. */
export function writeStarts(
  changed: readonly (readonly [key: string, starts: Starts | null])[],
  database: Database,
): void {
  for (const [key, starts] of changed) {
    if (starts === null) database.run(DROP_STARTS, [key]);
    else database.run(PUT_STARTS, [key, JSON.stringify([starts.keepMs, starts.entries] satisfies StoredStarts)]);
  }
}
