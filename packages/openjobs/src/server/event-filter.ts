/** Which events a client wants (ojs-events §6.1, ojs-realtime §5.6), in the spellings of both pages and of the official command line. */
import type { EventFilter } from "../core/events.ts";
import { fieldError } from "./fields.ts";
import { readList } from "./paging.ts";

/** Names in one filter: each is looked at for every event. */
const MAX_NAMES = 100;

/** Reads the filter of a query; nonsense is a 400. */
export function readEventFilter(query: URLSearchParams): EventFilter {
  const types = readNames(query, "event_types", "types");
  const queues = readNames(query, "queues", "queue");
  const jobTypes = readNames(query, "job_types");
  return {
    ...(types === undefined ? {} : { types }),
    ...(queues === undefined ? {} : { queues }),
    ...(jobTypes === undefined ? {} : { jobTypes }),
  };
}

function readNames(query: URLSearchParams, name: string, ...more: readonly string[]): readonly string[] | undefined {
  const names = readList(query, name, ...more);
  if (names !== undefined && names.length > MAX_NAMES) throw fieldError(name, `at most ${MAX_NAMES} names`);
  return names;
}
