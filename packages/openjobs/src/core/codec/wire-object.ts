/**
 * Reading answers without trusting them. Servers differ in what they send, so a member of the wrong type counts as absent;
 * only an answer that is no object at all is an error.
 */

/** A JSON object whose members nobody has looked at yet. */
export type WireObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object (and not an array or null). */
export function isWireObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object; throws a plain Error when it is none. */
export function readObject(value: unknown, what: string): WireObject {
  if (isWireObject(value)) return value;
  throw new Error(`${what} is not an object`);
}

/** The array at one of the names, the first that is there; throws a plain Error when none is. */
export function readArray(object: WireObject, ...names: readonly string[]): readonly unknown[] {
  const array = names.map((name) => object[name]).find((value) => Array.isArray(value));
  if (array !== undefined) return array;
  throw new Error(`the array "${names[0]}" is missing`);
}

/** The string of that name, unless it is empty or something else. */
export function textAt(object: WireObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The number of that name. */
export function numberAt(object: WireObject, name: string): number | undefined {
  const value = object[name];
  return typeof value === "number" ? value : undefined;
}

/** The object of that name; an empty one when there is none. */
export function objectAt(object: WireObject, name: string): WireObject {
  const value = object[name];
  return isWireObject(value) ? value : {};
}

/** A copy without the members that are undefined, for types whose optional members are absent or there. */
export function present<T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }): T {
  // Removing exactly the undefined members is what turns the one type into the other.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
