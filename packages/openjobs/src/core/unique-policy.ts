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
  /** Made by the sender, of arguments that it has encrypted since (extension-interactions §4). */
  readonly fingerprint?: string;
}

/** The page's members, and what official SDKs send for them. */
const MEMBERS = [
  "keys",
  "key",
  "args_keys",
  "meta_keys",
  "period",
  "period_ms",
  "states",
  "on_conflict",
  "fingerprint",
] as const;

const MAX_NAMES = 100;
const MAX_NAME_CHARS = 255;
/** SHA-256 in lower-case hexadecimal (ojs-unique-jobs §4.1). */
const FINGERPRINT = /^[0-9a-f]{64}$/;

/**
 * Checks a policy and brings it into its normal form. `key` is the older spelling of `keys` (official JS, Go and Python
 * SDKs): dimensions, or names of arguments. `use_existing` is openapi's word for `ignore`.
 *
 * @throws OjsError `invalid_request` that names the wire field.
 */
export function readUniquePolicy({ value, field }: Found): WireUniquePolicy {
  if (!isMembers(value)) throw refused(field, "must be an object", 'Send {"keys": ["type", "args"]}.');
  refuseUnknown(value, field);
  const period = readPeriod(value, field);
  const states = readStates(value, field);
  const conflict = readConflict(value, field);
  const fingerprint = readFingerprint(value, field);
  return {
    ...readIdentity(value, field),
    ...(period === undefined ? {} : { period }),
    ...(states === undefined ? {} : { states }),
    ...(conflict === undefined ? {} : { on_conflict: conflict }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

/** A misspelt member would switch the uniqueness off, or make it another one, and nobody would notice (§2.2). */
function refuseUnknown(policy: Members, field: string): void {
  const unknown = Object.keys(policy).find((name) => !isIn(MEMBERS, name));
  if (unknown === undefined) return;
  throw refused(joinPath(field, unknown), "is no member of a uniqueness policy", `Members are ${MEMBERS.join(", ")}.`);
}

/** What is compared. The type always is (§3.1), so it is what a policy without keys means. */
function readIdentity(policy: Members, field: string): Pick<WireUniquePolicy, "keys" | "args_keys" | "meta_keys"> {
  const names = { args: namesOf(policy, "args_keys", field), meta: namesOf(policy, "meta_keys", field) };
  const given = readKeys(policy, field);
  const keys = given?.keys ?? impliedKeys(names);
  const argsKeys = names.args ?? given?.argsKeys;
  requireDimension(keys, "args", names.args, field);
  requireDimension(keys, "meta", names.meta, field);
  if (keys.includes("meta") && names.meta === undefined) {
    throw refused(joinPath(field, "meta_keys"), "is missing: it says which members of meta are compared");
  }
  return {
    keys,
    ...(argsKeys === undefined ? {} : { args_keys: argsKeys }),
    ...(names.meta === undefined ? {} : { meta_keys: names.meta }),
  };
}

interface NamesByDimension {
  readonly args: readonly string[] | undefined;
  readonly meta: readonly string[] | undefined;
}

/** Names without `keys` can only mean that these members are to be compared. */
function impliedKeys({ args, meta }: NamesByDimension): readonly UniqueDimension[] {
  return ["type", ...(args === undefined ? [] : ["args" as const]), ...(meta === undefined ? [] : ["meta" as const])];
}

/** Without its dimension a list of names would be ignored, and jobs for other users would count as the same. */
function requireDimension(
  keys: readonly UniqueDimension[],
  dimension: keyof NamesByDimension,
  names: readonly string[] | undefined,
  field: string,
): void {
  if (names === undefined || keys.includes(dimension)) return;
  throw refused(
    joinPath(field, `${dimension}_keys`),
    `needs "${dimension}" among ${field}.keys`,
    `Add "${dimension}" to keys, or leave ${dimension}_keys out.`,
  );
}

interface GivenKeys {
  readonly keys: readonly UniqueDimension[];
  readonly argsKeys?: readonly string[];
}

function readKeys(policy: Members, field: string): GivenKeys | undefined {
  const keys = namesOf(policy, "keys", field)?.map((key, index) =>
    oneOf(UNIQUE_DIMENSIONS, key, joinPath(`${field}.keys`, index)),
  );
  return keys === undefined ? readOldKey(policy, field) : { keys };
}

function readOldKey(policy: Members, field: string): GivenKeys | undefined {
  const { key } = policy;
  const names = typeof key === "string" && key !== "" ? [key] : namesOf(policy, "key", field);
  if (names === undefined) return undefined;
  if (!names.every((name) => isIn(UNIQUE_DIMENSIONS, name))) return { keys: ["type", "args"], argsKeys: names };
  return { keys: UNIQUE_DIMENSIONS.filter((dimension) => names.includes(dimension)) };
}

function readPeriod(policy: Members, field: string): string | undefined {
  const { period, period_ms: periodMs } = policy;
  const text = typeof periodMs === "number" && periodMs >= 1 ? formatIsoDuration(periodMs) : periodMs;
  const found = period ?? text ?? undefined;
  if (found === undefined) return undefined;
  if (typeof found === "string" && (parseIsoDuration(found) ?? 0) > 0) return found;
  throw refused(`${field}.period`, "must be an ISO 8601 duration above zero, such as PT1H");
}

/** No state at all would mean that nothing is ever in the way: then nobody needs a policy. */
function readStates(policy: Members, field: string): readonly JobState[] | undefined {
  const found = findMember(policy, "states", field);
  if (Array.isArray(found.value) && found.value.length === 0) {
    throw refused(found.field, "must name a state", `Leave it out, or choose from ${JOB_STATES.join(", ")}.`);
  }
  return namesOf(policy, "states", field)?.map((state, index) =>
    oneOf(JOB_STATES, state, joinPath(found.field, index)),
  );
}

function readConflict(policy: Members, field: string): ConflictAction | undefined {
  const action = policy.on_conflict ?? undefined;
  if (action === undefined) return undefined;
  return action === "use_existing" ? "ignore" : oneOf(CONFLICT_ACTIONS, action, `${field}.on_conflict`);
}

function readFingerprint(policy: Members, field: string): string | undefined {
  const found = findMember(policy, "fingerprint", field);
  if (found.value === null) return undefined;
  if (typeof found.value === "string" && FINGERPRINT.test(found.value)) return found.value;
  throw refused(
    found.field,
    "must be a SHA-256 in 64 lower-case hexadecimal digits",
    "Leave it out: the server makes it, unless the arguments are encrypted.",
  );
}

/** The different names of a list. An empty one says as little as none: SDKs send it for options that are not set. */
function namesOf(policy: Members, name: string, field: string): readonly string[] | undefined {
  const found = findMember(policy, name, field);
  const names = found.value === null ? [] : stringsOf(found, MAX_NAMES, MAX_NAME_CHARS);
  return names.length === 0 ? undefined : [...new Set(names)];
}

function oneOf<T extends string>(choices: readonly T[], value: unknown, field: string): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw refused(field, `must be one of ${choices.join(", ")}`);
}

function isIn(choices: readonly string[], value: string): boolean {
  return choices.includes(value);
}
