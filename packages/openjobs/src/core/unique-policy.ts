/** Uniqueness policies in the one spelling that every official SDK can read back (ojs-unique-jobs §2). */
import { formatIsoDuration, parseIsoDuration } from "./duration.ts";
import { JOB_STATES, type JobState } from "./job.ts";
import { joinPath } from "./json-path.ts";
import { type Found, findMember, isMembers, type Members, refused, stringsOf } from "./request-fields.ts";

/** What a fingerprint may be made of. */
export const UNIQUE_DIMENSIONS = ["type", "queue", "args", "meta"] as const;

/** One of {@link UNIQUE_DIMENSIONS}. */
export type UniqueDimension = (typeof UNIQUE_DIMENSIONS)[number];

/** What happens to a job that conflicts with another. */
export const CONFLICT_ACTIONS = ["reject", "replace", "replace_except_schedule", "ignore"] as const;

/** One of {@link CONFLICT_ACTIONS}. */
export type ConflictAction = (typeof CONFLICT_ACTIONS)[number];

/** A policy as it travels; closed lists only, because one unknown word makes the Rust SDK drop a whole fetch. */
export interface WireUniquePolicy {
  readonly keys: readonly UniqueDimension[];
  readonly args_keys?: readonly string[];
  readonly meta_keys?: readonly string[];
  /** ISO 8601 duration. */
  readonly period?: string;
  readonly states?: readonly JobState[];
  readonly on_conflict?: ConflictAction;
}

const MAX_NAMES = 100;
const MAX_NAME_CHARS = 255;

/**
 * Checks a policy and brings it into its normal form. `key` is the older spelling of `keys` (official JS, Go and Python
 * SDKs): dimensions, or names of arguments. `use_existing` is openapi's word for `ignore`.
 *
 * @throws OjsError `invalid_request` that names the wire field.
 */
export function readUniquePolicy({ value, field }: Found): WireUniquePolicy {
  if (!isMembers(value)) throw refused(field, "must be an object", 'Send {"keys": ["type", "args"]}.');
  const list = (name: string): readonly string[] | undefined => optionalNames(value, name, field);
  const period = readPeriod(value, field);
  const states = list("states")?.map((state, index) => oneOf(JOB_STATES, state, joinPath(`${field}.states`, index)));
  const conflict = readConflict(value, field);
  const metaKeys = list("meta_keys");
  return {
    ...readKeys(value, field),
    ...(metaKeys === undefined ? {} : { meta_keys: metaKeys }),
    ...(period === undefined ? {} : { period }),
    ...(states === undefined ? {} : { states }),
    ...(conflict === undefined ? {} : { on_conflict: conflict }),
  };
}

function readKeys(policy: Members, field: string): Pick<WireUniquePolicy, "keys" | "args_keys"> {
  const argsKeys = optionalNames(policy, "args_keys", field);
  const given = optionalNames(policy, "keys", field)?.map((key, index) =>
    oneOf(UNIQUE_DIMENSIONS, key, joinPath(`${field}.keys`, index)),
  );
  const { keys, args_keys } = given === undefined ? readOldKey(policy, field) : { keys: given, args_keys: undefined };
  const args = argsKeys ?? args_keys;
  return { keys, ...(args === undefined ? {} : { args_keys: args }) };
}

/** The type is always part of the fingerprint (ojs-unique-jobs §3.1), so it is what a policy without keys means. */
function readOldKey(policy: Members, field: string): Pick<WireUniquePolicy, "keys" | "args_keys"> {
  const { key } = policy;
  const names = typeof key === "string" ? [key] : (optionalNames(policy, "key", field) ?? ["type"]);
  const dimensions = UNIQUE_DIMENSIONS.filter((dimension) => names.includes(dimension));
  if (names.every((name) => isIn(UNIQUE_DIMENSIONS, name))) return { keys: dimensions };
  return { keys: ["type", "args"], args_keys: names };
}

function readPeriod(policy: Members, field: string): string | undefined {
  const { period, period_ms: periodMs } = policy;
  const text = typeof periodMs === "number" && periodMs >= 1 ? formatIsoDuration(periodMs) : periodMs;
  const found = period ?? text ?? undefined;
  if (found === undefined) return undefined;
  if (typeof found === "string" && (parseIsoDuration(found) ?? 0) > 0) return found;
  throw refused(`${field}.period`, "must be an ISO 8601 duration above zero, such as PT1H");
}

function readConflict(policy: Members, field: string): ConflictAction | undefined {
  const action = policy.on_conflict ?? undefined;
  if (action === undefined) return undefined;
  return action === "use_existing" ? "ignore" : oneOf(CONFLICT_ACTIONS, action, `${field}.on_conflict`);
}

function optionalNames(policy: Members, name: string, field: string): readonly string[] | undefined {
  const found = findMember(policy, name, field);
  return found.value === null ? undefined : stringsOf(found, MAX_NAMES, MAX_NAME_CHARS);
}

function oneOf<T extends string>(choices: readonly T[], value: unknown, field: string): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw refused(field, `must be one of ${choices.join(", ")}`);
}

function isIn(choices: readonly string[], value: string): boolean {
  return choices.includes(value);
}
