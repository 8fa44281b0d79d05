/** Arguments by name, for the many jobs whose only argument is an object. */

/** A property of the first argument; undefined when there is none. */
export function argOf(args: readonly unknown[], name: string): unknown {
  const [first] = args;
  if (typeof first !== "object" || first === null || !Object.hasOwn(first, name)) return undefined;
  return Reflect.get(first, name);
}
