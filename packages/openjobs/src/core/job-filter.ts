/** Conditions by which an operation finds its jobs (ojs-bulk-operations §6.1; ojs-core §5.2 has tags "for filtering"). */
import { JOB_STATES, type JobRecord, type JobState } from "./job.ts";
import { sameJson } from "./json-equal.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { LIMITS } from "./limits.ts";
import { isQueueName } from "./queue-name.ts";
import {
  type Found,
  findMember,
  integerOf,
  isMembers,
  type Members,
  refused,
  stringOf,
  stringsOf,
} from "./request-fields.ts";
import { parseTimestamp } from "./time.ts";

/** A job has to meet all conditions; absent ones are met by every job. Times are Unix milliseconds. */
export interface JobFilter {
  readonly states: readonly JobState[];
  readonly type?: string;
  /** What the type begins with. */
  readonly typePrefix?: string;
  readonly queue?: string;
  readonly priority?: number;
  readonly enqueuedBefore?: number;
  readonly enqueuedAfter?: number;
  /** Has ended, and before this. */
  readonly endedBefore?: number;
  /** Members of `meta`, each with the value that it must have. */
  readonly meta?: JsonObject;
  /** All of these must be among the job's. */
  readonly tags?: readonly string[];
}

/** States that an operation can do something about, and those that it looks for when none are named. */
export interface FilterStates {
  readonly allowed: readonly JobState[];
  readonly usual: readonly JobState[];
}

const NAMES: ReadonlySet<string> = new Set([
  "type",
  "queue",
  "state",
  "priority",
  "enqueued_before",
  "enqueued_after",
  "meta",
  "tags",
]);

/**
 * Reads a filter. A name that is not known is refused, and so is a filter without conditions: both would hit more jobs
 * than their sender means.
 *
 * @throws OjsError `invalid_request` that names the field.
 */
export function readJobFilter(value: unknown, states: FilterStates): JobFilter {
  if (!isMembers(value)) throw refused("filter", "must be an object", FILTER_HINT);
  const unknown = Object.keys(value).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw refused(`filter.${unknown}`, "is no condition that there is", FILTER_HINT);
  const conditions = {
    ...optional(value, "type", "type", (found) => stringOf(found, LIMITS.typeChars)),
    ...optional(value, "queue", "queue", queueOf),
    ...optional(value, "priority", "priority", (found) => integerOf(found, LIMITS.priorityMin, LIMITS.priorityMax)),
    ...optional(value, "enqueued_before", "enqueuedBefore", timeOf),
    ...optional(value, "enqueued_after", "enqueuedAfter", timeOf),
    ...optional(value, "meta", "meta", metaOf),
    ...optional(value, "tags", "tags", tagsOf),
  };
  const state = findMember(value, "state", "filter");
  if (state.value === null && Object.keys(conditions).length === 0) {
    throw refused("filter", "has no condition, so every job would meet it", FILTER_HINT);
  }
  return { states: state.value === null ? states.usual : statesOf(state, states.allowed), ...conditions };
}

const FILTER_HINT = `Name at least one of ${[...NAMES].join(", ")}.`;

/** Whether a job meets every condition. */
export function meetsFilter(job: JobRecord, filter: JobFilter): boolean {
  const { type, typePrefix, queue, priority, enqueuedBefore, enqueuedAfter, endedBefore, meta, tags } = filter;
  return (
    filter.states.includes(job.state) &&
    (type === undefined || job.type === type) &&
    (typePrefix === undefined || job.type.startsWith(typePrefix)) &&
    (queue === undefined || job.queue === queue) &&
    (priority === undefined || job.priority === priority) &&
    (enqueuedBefore === undefined || job.enqueuedAt < enqueuedBefore) &&
    (enqueuedAfter === undefined || job.enqueuedAt > enqueuedAfter) &&
    (endedBefore === undefined || (job.endedAt !== null && job.endedAt < endedBefore)) &&
    (meta === undefined || hasMeta(job, meta)) &&
    (tags === undefined || hasTags(job, tags))
  );
}

function hasMeta(job: JobRecord, wanted: JsonObject): boolean {
  const meta: unknown = JSON.parse(job.meta);
  if (!isJsonObject(meta)) return false;
  return Object.entries(wanted).every(([name, value]) => Object.hasOwn(meta, name) && sameJson(meta[name], value));
}

function hasTags(job: JobRecord, wanted: readonly string[]): boolean {
  const attributes: unknown = JSON.parse(job.attributes);
  const tags: unknown = isJsonObject(attributes) ? attributes.tags : undefined;
  return Array.isArray(tags) && wanted.every((tag) => tags.includes(tag));
}

function optional<K extends string, V>(
  value: Members,
  name: string,
  key: K,
  read: (found: Found) => V,
): { readonly [key in K]?: V } {
  const found = findMember(value, name, "filter");
  // One member, under the one name that the type has.
  return found.value === null ? {} : ({ [key]: read(found) } as { readonly [key in K]?: V });
}

function statesOf(found: Found, allowed: readonly JobState[]): readonly JobState[] {
  const names: readonly unknown[] = Array.isArray(found.value) ? found.value : [found.value];
  const states = JOB_STATES.filter((state) => names.includes(state));
  const wrong = names.length === 0 || names.some((name) => !allowed.some((state) => state === name));
  if (!wrong) return states;
  throw refused(found.field, `must be a list of one or more of ${allowed.join(", ")}`);
}

function queueOf({ value, field }: Found): string {
  if (isQueueName(value)) return value;
  throw refused(field, "must be a queue name");
}

function timeOf({ value, field }: Found): number {
  const at = typeof value === "string" ? parseTimestamp(value) : undefined;
  if (at !== undefined) return at;
  throw refused(field, "must be an RFC 3339 timestamp with a zone", 'Send "2030-01-31T09:30:00Z".');
}

function metaOf({ value, field }: Found): JsonObject {
  if (isMembers(value) && Object.keys(value).length > 0) return value;
  throw refused(field, "must be an object with one or more members");
}

function tagsOf(found: Found): readonly string[] {
  const tags = stringsOf(found, LIMITS.tags, LIMITS.tagChars);
  if (tags.length > 0) return tags;
  throw refused(found.field, "must be an array of one or more tags");
}
