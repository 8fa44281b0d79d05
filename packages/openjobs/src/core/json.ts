/** JSON text: reading it without changing numbers, writing it, and what a client may not put into it. */
import { ojsError } from "./errors.ts";
import type { JsonText } from "./job.ts";
import { findInexactNumber } from "./json-number.ts";
import { isJsonObject } from "./json-object.ts";
import { joinPath } from "./json-path.ts";
import { LIMITS } from "./limits.ts";

/**
 * Reads one JSON document and refuses numbers that JavaScript would change instead of changing them
 * (ojs-json-format §4.2). Of duplicate keys the last one wins; `__proto__` is a key like any other, so never copy the
 * result by assigning its keys.
 *
 * @throws OjsError `invalid_payload` for text that is not JSON, `invalid_request` with the path of such a number.
 */
export function parseJson(text: string): unknown {
  const value = parse(text);
  const inexact = findInexactNumber(text);
  if (inexact === undefined) return value;
  const where = inexact.path === "" ? "The document" : inexact.path;
  throw ojsError("invalid_request", `${where} holds the number ${shorten(inexact.text)}, which would be changed.`, {
    details: { field: inexact.path, path: inexact.path, value: shorten(inexact.text) },
    hint: "Send it as a string: integers are exact up to 9007199254740991, fractions up to 17 digits.",
  });
}

/**
 * Writes a value as compact, well-formed JSON: lone surrogates become `\udXXX` escapes.
 *
 * @throws OjsError `invalid_request` when JSON cannot carry the value; see {@link findUnserialisable}.
 */
export function stringifyJson(value: unknown): JsonText {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw ojsError("invalid_request", `The value cannot be written as JSON: ${messageOf(cause)}`, { cause });
  }
  if (text !== undefined) return text;
  throw ojsError("invalid_request", `A value of type ${typeof value} cannot be written as JSON.`);
}

/**
 * Refuses values that are nested too deeply: readers that work recursively could not bear them.
 *
 * @param max Levels of arrays and objects, `value` itself included.
 * @param path Where `value` is; empty at the root.
 * @throws OjsError `payload_too_large` with the path of the first value that is too deep.
 */
export function checkDepth(value: unknown, max: number, path: string): void {
  if (!isDeeper(value, max)) return;
  const field = findTooDeep(value, max, path) ?? path;
  throw ojsError("payload_too_large", `${field} is nested more than ${max} levels deep.`, {
    details: { field, actual: max + 1, max },
    hint: "Flatten the value, or send the deep part as a string of JSON.",
  });
}

/** Why a value cannot travel as JSON. */
export interface Unserialisable {
  /** Where it is, relative to the value that was looked at: `[0].amount`; empty = the value itself. */
  readonly path: string;
  /** Fits after "cannot be sent: ". */
  readonly reason: string;
}

/**
 * Finds the first thing in a JavaScript value that JSON would refuse, drop or change: undefined, NaN, infinity, bigints,
 * functions, symbols, circles, maps, sets and bytes, too deep nesting. Values with a `toJSON` (dates, for one) are judged by
 * what it returns.
 */
export function findUnserialisable(value: unknown): Unserialisable | undefined {
  try {
    return isPlainData(value, LIMITS.depth) ? undefined : findFault(value, "", []);
  } catch (error) {
    // A getter or a toJSON of the caller's own.
    return { path: "", reason: `reading it fails: ${messageOf(error)}` };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw ojsError("invalid_payload", `The text is not JSON: ${messageOf(cause)}`, { cause });
  }
}

/** Without paths and without lists of members, because it looks at every value of every request. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (isJsonObject(value)) {
    for (const key in value) if (isDeeper(value[key], levels - 1)) return true;
  } else if (Array.isArray(value)) {
    for (const member of value) if (isDeeper(member, levels - 1)) return true;
  }
  return false;
}

function findTooDeep(value: unknown, levels: number, path: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (levels === 0) return path;
  return firstOf(membersOf(value), ([key, member]) => findTooDeep(member, levels - 1, joinPath(path, key)));
}

function membersOf(value: object): Iterable<[key: string | number, member: unknown]> {
  return Array.isArray(value) ? value.entries() : Object.entries(value);
}

const SCALAR_FAULTS: Readonly<Record<string, string>> = {
  undefined: "undefined does not exist in JSON; leave it out or use null",
  bigint: "a bigint does not exist in JSON; use a string",
  function: "a function does not exist in JSON",
  symbol: "a symbol does not exist in JSON",
};

/** Built-in objects that JSON writes as `{}`, losing all that they hold; it does not know bytes again either. */
const LOSSY = new Set(["Map", "Set", "WeakMap", "WeakSet", "Promise", "RegExp", "Error", "ArrayBuffer"]);

/**
 * Whether nothing has to be looked for: nearly all arguments are plain data, and to prove that needs no paths, which the
 * search for a culprit keeps. A circle is simply too deep.
 */
function isPlainData(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return isPlainScalar(value);
  if (levels === 0 || "toJSON" in value) return false;
  if (!isJsonObject(value)) return Array.isArray(value) && isPlainArray(value, levels);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) if (!isPlainData(value[key], levels - 1)) return false;
  return true;
}

/** Not by `every`, which would pass over holes. */
function isPlainArray(value: readonly unknown[], levels: number): boolean {
  for (const member of value) {
    if (!isPlainData(member, levels - 1)) return false;
  }
  return true;
}

function isPlainScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "boolean" || value === null || Number.isFinite(value);
}

function findFault(value: unknown, path: string, parents: readonly object[]): Unserialisable | undefined {
  const plain = plainOf(value);
  const reason = faultOf(plain, parents);
  if (reason !== undefined) return { path, reason };
  if (typeof plain !== "object" || plain === null) return undefined;
  const family = [...parents, plain];
  return firstOf(membersOf(plain), ([key, member]) => findFault(member, joinPath(path, key), family));
}

/** The value that JSON writes in its place. Like JSON, this asks only once. */
function plainOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("toJSON" in value)) return value;
  return typeof value.toJSON === "function" && !isInvalidDate(value) ? value.toJSON("") : value;
}

function faultOf(value: unknown, parents: readonly object[]): string | undefined {
  if (typeof value === "object" && value !== null) return objectFault(value, parents);
  if (typeof value !== "number") return SCALAR_FAULTS[typeof value];
  return Number.isFinite(value) ? undefined : `${value} does not exist in JSON`;
}

function objectFault(value: object, parents: readonly object[]): string | undefined {
  if (parents.includes(value)) return "it contains itself";
  if (parents.length === LIMITS.depth) return `it is nested more than ${LIMITS.depth} levels deep`;
  if (isInvalidDate(value)) return "an invalid Date does not exist in JSON";
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  return LOSSY.has(kind) || ArrayBuffer.isView(value) ? `JSON would lose what a ${kind} holds` : undefined;
}

function isInvalidDate(value: object): boolean {
  return value instanceof Date && Number.isNaN(value.getTime());
}

function firstOf<T, R>(items: Iterable<T>, find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}
