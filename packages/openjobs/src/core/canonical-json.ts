/**
 * One text for one value (RFC 8785, JSON Canonicalization Scheme): two JSON values that mean the same have the same text,
 * whatever language wrote them. Its hash is a fingerprint that any SDK can make.
 */
import type { JsonText } from "./job.ts";
import { stringifyJson } from "./json.ts";

/**
 * Writes a JSON value in its canonical form: no white space, members sorted by the UTF-16 code units of their names at
 * every level, numbers and escapes as ECMAScript writes them. Beyond RFC 8785, all strings are first brought into Unicode
 * NFC, because the same word may be spelt with a composed or a combining accent (ojs-unique-jobs §4.2).
 *
 * @throws OjsError `invalid_request` when the value is none of JSON's.
 *
 * @example
 * canonicalJson({ b: [1.50, "é"], a: null }); // '{"a":null,"b":[1.5,"é"]}'
 */
export function canonicalJson(value: unknown): JsonText {
  if (typeof value === "string") return canonicalString(value);
  if (typeof value !== "object" || value === null) return stringifyJson(value);
  return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
}

/** ASCII has one form only, and to ask for it costs more than to see that. */
const ASCII = /^[ -~]*$/;

function canonicalString(text: string): JsonText {
  return JSON.stringify(ASCII.test(text) ? text : text.normalize("NFC"));
}

function canonicalArray(elements: readonly unknown[]): JsonText {
  return `[${elements.map((element) => canonicalJson(element)).join(",")}]`;
}

function canonicalObject(object: object): JsonText {
  const members = Object.entries(object).map(([name, value]): Member => [name.normalize("NFC"), name, value]);
  const texts = members.sort(byName).map(([name, , value]) => `${JSON.stringify(name)}:${canonicalJson(value)}`);
  return `{${texts.join(",")}}`;
}

type Member = [name: string, asWritten: string, value: unknown];

/** Two names may be one after normalisation; then what was written decides, and not the order of the members. */
function byName([a, aWritten]: Member, [b, bWritten]: Member): number {
  return byCodeUnits(a, b) || byCodeUnits(aWritten, bWritten);
}

/** How JavaScript compares strings, and RFC 8785 names. */
function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
