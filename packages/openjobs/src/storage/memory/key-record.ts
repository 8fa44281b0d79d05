import type { JsonText } from "../../core/job.ts";
import { lanesOfKey } from "../../core/lane.ts";
import { type KeyRecord, laneCounts } from "../key-record.ts";
import type { Tables } from "./transaction.ts";

/** What jobs with this key do. Looks at every job. */
export function underKey(key: string, limit: number, tables: Tables): KeyRecord {
  const { from, to } = lanesOfKey(key);
  const withKey = (places: Iterable<{ readonly lane: JsonText }>): JsonText[] =>
    Array.from(places, ({ lane }) => lane).filter((lane) => lane >= from && lane < to);
  const { lanes, running } = tables.jobs.laneFacts();
  return { lanes: laneCounts(withKey(lanes).slice(0, limit), withKey(running)), starts: tables.lanes.startsOf(key) };
}
