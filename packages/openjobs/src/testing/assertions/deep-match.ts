/** Whether a value is what a test expects. */

/**
 * Deep equality, except where the test says otherwise: an asymmetric matcher (`expect.any(String)` of vitest and jest), or, with
 * `partial`, members that it does not name.
 */
export function matches(actual: unknown, expected: unknown, partial = false): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual);
  if (Object.is(actual, expected)) return true;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return false;
    return expected.every((item, index) => matches(actual[index], item, partial));
  }
  if (!isObject(actual) || !isObject(expected) || Array.isArray(actual)) return false;
  const names = Object.keys(expected).filter((name) => expected[name] !== undefined);
  if (!partial && Object.keys(actual).filter((name) => actual[name] !== undefined).length !== names.length)
    return false;
  return names.every((name) => Object.hasOwn(actual, name) && matches(actual[name], expected[name], partial));
}

/** What vitest and jest have in common. */
interface Matcher {
  asymmetricMatch(value: unknown): boolean;
}

/** Whether it is an asymmetric matcher of a test runner. */
export function isMatcher(value: unknown): value is Matcher {
  return isObject(value) && typeof value.asymmetricMatch === "function";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
