/**
 * The official Rust SDK's idea of a job, as a checker: serde refuses what it does not expect, and one refused job costs a
 * worker its whole fetch (sdk-wire-contract §1.4). Written from those rules, not from our encoder.
 */

const STATES = ["pending", "scheduled", "available", "active", "completed", "retryable", "cancelled", "discarded"];
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

type Check = (value: unknown) => boolean;

const isString: Check = (value) => typeof value === "string";
const isBoolean: Check = (value) => typeof value === "boolean";
const isNumber: Check = (value) => typeof value === "number";
const isTimestamp: Check = (value) =>
  typeof value === "string" && TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value));
const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const integer =
  (min: number, max: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    isString(value) && words.includes(String(value));
const struct =
  (fields: Readonly<Record<string, Check>>, ...required: readonly string[]): Check =>
  (value) =>
    isObject(value) && problemsOf(value as object, fields, required).length === 0;

const u32 = integer(0, 4_294_967_295);
const u64 = integer(0, Number.MAX_SAFE_INTEGER);

const RETRY: Readonly<Record<string, Check>> = {
  max_attempts: u32,
  initial_interval: isString,
  backoff_coefficient: isNumber,
  max_interval: isString,
  jitter: isBoolean,
  non_retryable_errors: listOf(isString),
  on_exhaustion: oneOf("discard", "dead_letter"),
};

const UNIQUE: Readonly<Record<string, Check>> = {
  keys: listOf(oneOf("type", "queue", "args", "meta")),
  args_keys: listOf(isString),
  meta_keys: listOf(isString),
  period: isString,
  states: listOf(oneOf(...STATES)),
  on_conflict: oneOf("reject", "replace", "replace_except_schedule", "ignore"),
};

const ERROR: Readonly<Record<string, Check>> = { type: isString, message: isString, backtrace: listOf(isString) };

/** Null is refused everywhere, although serde would take it for some fields: we never send it. */
const JOB: Readonly<Record<string, Check>> = {
  specversion: isString,
  id: isString,
  type: isString,
  queue: isString,
  args: Array.isArray,
  meta: isObject,
  priority: integer(-2_147_483_648, 2_147_483_647),
  timeout: u64,
  timeout_ms: u64,
  scheduled_at: isTimestamp,
  expires_at: isTimestamp,
  retry: struct(RETRY),
  unique: struct(UNIQUE),
  schema: isString,
  state: oneOf(...STATES),
  attempt: u32,
  max_attempts: u32,
  created_at: isTimestamp,
  enqueued_at: isTimestamp,
  started_at: isTimestamp,
  completed_at: isTimestamp,
  error: struct(ERROR, "type", "message"),
  result: (value) => value !== null,
  tags: listOf(isString),
};

/** What every job carries in our answers (sdk-wire-contract §6.2). */
const ALWAYS = [
  "specversion",
  "id",
  "type",
  "queue",
  "args",
  "meta",
  "priority",
  "attempt",
  "max_attempts",
  "state",
  "created_at",
  "enqueued_at",
];

/** What the Rust SDK would refuse about a job; empty when it is fine. */
export function strictJobProblems(job: unknown): readonly string[] {
  return isObject(job) ? problemsOf(job as object, JOB, ALWAYS) : ["not an object"];
}

/**
 * The same for the text of an answer about one job, which must be readable as `{"job": …}` and flat, or of a fetch,
 * `{"jobs": […]}`. Also finds names that an object has twice, which serde refuses as well.
 */
export function strictAnswerProblems(text: string): readonly string[] {
  const answer: unknown = JSON.parse(text);
  if (!isObject(answer)) return ["not an object"];
  const { job, jobs, ...flat } = answer as Record<string, unknown>;
  const values = Array.isArray(jobs) ? jobs : [job, flat];
  return [...values.flatMap(strictJobProblems), ...duplicateNames(text)];
}

/** Names that occur twice in one object of a well-formed JSON text. */
export function duplicateNames(text: string): readonly string[] {
  const open: Set<string>[] = [];
  const duplicates: string[] = [];
  for (const [token, name] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (name !== undefined) {
      if (open.at(-1)?.has(name)) duplicates.push(`duplicate ${name}`);
      open.at(-1)?.add(name);
    }
  }
  return duplicates;
}

function problemsOf(
  value: object,
  fields: Readonly<Record<string, Check>>,
  required: readonly string[],
): readonly string[] {
  const known = (name: string): Check | undefined => (Object.hasOwn(fields, name) ? fields[name] : undefined);
  const wrong = Object.entries(value).filter(([name, member]) => known(name)?.(member) === false);
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  return [
    ...wrong.map(([name, member]) => `${name}: ${JSON.stringify(member)}`),
    ...missing.map((name) => `${name} is missing`),
  ];
}
