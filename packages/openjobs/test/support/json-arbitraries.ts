/** Generators of JSON for property tests: the ordinary, and what breaks careless code. */
import fc from "fast-check";

/** Any string of UTF-16 code units: NUL, quotes, lone surrogates. */
export const anyText: fc.Arbitrary<string> = fc
  .string({ unit: "binary", maxLength: 20 })
  .chain((text) =>
    fc.constantFrom(text, `${text}\u0000`, `\ud800${text}`, `${text}\udc00"\\`, `1e999 ${text}`, "__proto__", ""),
  );

/** A number that survives JSON and JavaScript. */
const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.maxSafeInteger(),
);

/** Any JSON value, at most six levels deep, with `__proto__` among the keys. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, true, false),
    anyNumber,
    anyText,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(anyText, tie("value")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** Any JSON object. */
export const anyObject: fc.Arbitrary<Record<string, unknown>> = fc
  .array(fc.tuple(anyText, anyJson), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries));
