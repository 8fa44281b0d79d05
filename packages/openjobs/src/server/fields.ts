/**
 * Typed reading of the fields of a request body. Absent and null are the same; a field of the wrong type is a 400 that
 * names it. Jobs have their own reader in core; these are for the small bodies around them.
 */
import { type OjsError, ojsError } from "../core/errors.ts";
import type { JsonObject } from "../core/json-object.ts";
import { LIMITS } from "../core/limits.ts";

/** Identifiers end up in indexes and logs: no control characters and no broken surrogate pairs. */
const UNFIT_FOR_A_NAME = /[\p{Cc}\p{Cs}]/u;

/** The longest worker id, host name or label. */
const MAX_NAME = LIMITS.workerIdChars;

/** A 400 `invalid_request` about one field. */
export function fieldError(field: string, expected: string): OjsError {
  return ojsError("invalid_request", `The field '${field}' must be ${expected}.`, {
    details: { field, expected },
  });
}

/** A short text without control characters; undefined when absent. */
export function optionalName(body: JsonObject, field: string): string | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined) return undefined;
  if (isName(value)) return value;
  throw fieldError(field, `a string of 1 to ${MAX_NAME} characters without control characters`);
}

/** Like {@link optionalName}, but it must be there. */
export function requiredName(body: JsonObject, field: string): string {
  const value = optionalName(body, field);
  if (value === undefined) throw fieldError(field, "present and a string");
  return value;
}

/** A list of short texts; undefined when absent. */
export function optionalNames(body: JsonObject, field: string, max: number): readonly string[] | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.length <= max && value.every(isName)) return value;
  throw fieldError(field, `an array of at most ${max} strings of 1 to ${MAX_NAME} characters`);
}

/** An integer within bounds; undefined when absent. */
export function optionalInteger(
  body: JsonObject,
  field: string,
  { min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number },
): number | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined) return undefined;
  if (isInteger(value) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw fieldError(field, `an integer ${range}`);
}

/** True or false; false when absent. */
export function optionalBoolean(body: JsonObject, field: string): boolean {
  const value = body[field] ?? false;
  if (typeof value === "boolean") return value;
  throw fieldError(field, "a boolean");
}

/** Whether a value is a short text without control characters. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME && isFreeOfControls(value);
}

/** Whether a text is without control characters and broken surrogate pairs. */
export function isFreeOfControls(text: string): boolean {
  return !UNFIT_FOR_A_NAME.test(text);
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
