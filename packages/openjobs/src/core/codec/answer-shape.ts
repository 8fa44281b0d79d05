/** The outer shape of answers. Only an answer that is nothing like the expected one is an error. */
import { isMembers, type Members } from "../request-fields.ts";

/** The value as an object; throws a plain Error when it is none. */
export function readObject(value: unknown, what: string): Members {
  if (isMembers(value)) return value;
  throw new Error(`${what} is not an object`);
}

/** The array of that name; throws a plain Error when there is none. */
export function readArray(answer: unknown, name: string): readonly unknown[] {
  const value = readObject(answer, "the answer")[name];
  if (Array.isArray(value)) return value;
  throw new Error(`the answer has no array "${name}"`);
}

/** The object of that name; an empty one when there is none. */
export function objectAt(object: Members, name: string): Members {
  const value = object[name];
  return isMembers(value) ? value : {};
}

/** A string, unless it is empty: servers send `""` for "no cursor". */
export function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
