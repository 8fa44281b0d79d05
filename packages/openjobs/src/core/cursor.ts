/**
 * The text of a keyset cursor: the sort key of the last row of a page. Opaque to callers, the same on every driver, and
 * safe in a URL. It names a position, not a row: pages go on correctly after that row was removed.
 */
import { type OjsError, ojsError } from "./errors.ts";

/** A part of a sort key. */
export type CursorPart = string | number;

/** Writes the sort key of the last row of a page as text. */
export function encodeCursor(key: readonly CursorPart[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(key));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/**
 * Reads a cursor back. `shape` lists the types that the parts of the key must have.
 *
 * @throws OjsError `invalid_request` when the text is not a cursor of this shape.
 */
export function decodeCursor(text: string, shape: readonly ["string"]): [string];
export function decodeCursor(text: string, shape: readonly ["number", "number"]): [number, number];
export function decodeCursor(text: string, shape: readonly ["number"]): [number];
export function decodeCursor(text: string, shape: readonly ["string", "number"]): [string, number];
export function decodeCursor(text: string, shape: readonly ["string", "string", "string"]): [string, string, string];
export function decodeCursor(
  text: string,
  shape: readonly ["string", "number", "number", "number"],
): [string, number, number, number];
export function decodeCursor(text: string, shape: readonly ("string" | "number")[]): CursorPart[] {
  const key = parse(text);
  if (!Array.isArray(key) || key.length !== shape.length) throw badCursor();
  if (!key.every((part, index) => typeof part === shape[index])) throw badCursor();
  return key;
}

function parse(text: string): unknown {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw badCursor();
  }
}

/** The refusal of a text that is no cursor, or not one of this list. */
export function badCursor(): OjsError {
  return ojsError("invalid_request", "The cursor is not one that a page of this list ended with.", {
    details: { field: "cursor" },
    hint: "Start again without a cursor.",
  });
}
