/**
 * As much of serde's strictness as the official Rust SDK makes use of (sdk-wire-contract §1.4): a rule says what is wrong
 * with a value, and where. One problem anywhere is fatal for a whole answer there.
 */

/** Problems of a value; none when serde would take it. */
export type Rule = (value: unknown, path: string) => readonly string[];

/** A member of a struct: its rule, and what its absence and a null mean. */
export interface Field {
  readonly rule: Rule;
  readonly missing: "fine" | "refused";
  readonly nothing: "fine" | "refused";
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** A rule by a test. */
function rule(what: string, accepts: (value: unknown) => boolean): Rule {
  return (value, path) => (accepts(value) ? [] : [`${path}: ${JSON.stringify(value)} is not ${what}`]);
}

export const anything: Rule = () => [];
export const text: Rule = rule("a string", (value) => typeof value === "string");
export const bool: Rule = rule("a boolean", (value) => typeof value === "boolean");
export const float: Rule = rule("a number", (value) => typeof value === "number");
export const array: Rule = rule("an array", Array.isArray);
export const map: Rule = rule("an object", isObject);
/** chrono's `DateTime<Utc>`. */
export const timestamp: Rule = rule(
  "an RFC 3339 timestamp",
  (value) => typeof value === "string" && TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value)),
);

/** Also of the size that the type there has: a number with a fraction is no integer, and a negative one no `u32`. */
export const integer = (min: number, max: number): Rule =>
  rule(
    `an integer from ${min} to ${max}`,
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
  );
export const i32: Rule = integer(-2_147_483_648, 2_147_483_647);
export const u8: Rule = integer(0, 255);
export const u32: Rule = integer(0, 4_294_967_295);
/** Exact in JavaScript, or whoever wrote it may have rounded it. */
export const u64: Rule = integer(0, Number.MAX_SAFE_INTEGER);

/** An enum: a word that is not in it kills the parse. */
export const oneOf = (...words: readonly string[]): Rule =>
  rule(`one of ${words.join(", ")}`, (value) => typeof value === "string" && words.includes(value));

/** A `Vec`. */
export const listOf =
  (element: Rule): Rule =>
  (value, path) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => element(item, `${path}[${index}]`))
      : [`${path}: ${JSON.stringify(value)} is not an array`];

/** A member without a default: it has to be there. */
export const required = (inner: Rule): Field => ({ rule: inner, missing: "refused", nothing: "refused" });
/** `#[serde(default)]`: it may be missing, but not null. */
export const defaulted = (inner: Rule): Field => ({ rule: inner, missing: "fine", nothing: "refused" });
/** An `Option`: it may be missing or null. */
export const optional = (inner: Rule): Field => ({ rule: inner, missing: "fine", nothing: "fine" });

/** A struct; members that it does not name are ignored. */
export function struct(fields: Readonly<Record<string, Field>>): Rule {
  return (value, path) => {
    if (!isObject(value)) return [`${path}: ${JSON.stringify(value)} is not an object`];
    return Object.entries(fields).flatMap(([name, field]) => {
      const at = `${path}.${name}`;
      if (!Object.hasOwn(value, name)) return field.missing === "fine" ? [] : [`${at} is missing`];
      const member = Reflect.get(value, name);
      if (member === null) return field.nothing === "fine" ? [] : [`${at} is null`];
      return field.rule(member, at);
    });
  };
}

/** All of them have to take the value. */
export const all =
  (...rules: readonly Rule[]): Rule =>
  (value, path) =>
    rules.flatMap((each) => each(value, path));

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names that occur twice in one object of a well-formed JSON text; serde takes no struct with one. */
export function duplicateNames(json: string): readonly string[] {
  const open: Set<string>[] = [];
  const duplicates: string[] = [];
  for (const [token, name] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (name !== undefined) {
      if (open.at(-1)?.has(name)) duplicates.push(`duplicate ${name}`);
      open.at(-1)?.add(name);
    }
  }
  return duplicates;
}
