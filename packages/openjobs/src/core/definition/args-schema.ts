/**
 * Arguments against the schema of their type. Producers and workers ask the same question about the same array, what
 * travels, so what passes here passes there.
 */
import { OjsValidationError } from "../errors.ts";
import { findUnserialisable, stringifyJson } from "../json.ts";
import { readIssues, type SchemaIssue, sumUp } from "./schema-issues.ts";
import { type Eventually, type StandardSchema, whenKnown } from "./standard-schema.ts";

/** What a schema says about a value that it was shown. */
export type Reading<T> =
  | { readonly fits: true; readonly value: T }
  | { readonly fits: false; readonly issues: readonly SchemaIssue[] };

/** Shows a value to a schema; `place` is where it is in a job, for what does not fit. */
export function readValue(schema: StandardSchema, value: unknown, place: string): Eventually<Reading<unknown>> {
  return whenKnown(schema["~standard"].validate(value), (result) =>
    result.issues === undefined
      ? { fits: true, value: result.value }
      : { fits: false, issues: readIssues(result.issues, value, place) },
  );
}

/**
 * Arguments as the schema makes them. A schema of arrays is for all of them and any other one for the only one; nothing in
 * a schema says which it is. So an only argument is shown alone first, which no schema of arrays accepts.
 *
 * @param args As they travel.
 */
export function readArgs(schema: StandardSchema, args: readonly unknown[]): Eventually<Reading<readonly unknown[]>> {
  const all = (): Eventually<Reading<readonly unknown[]>> =>
    whenKnown(readValue(schema, args, "args"), (reading) =>
      reading.fits ? { fits: true, value: Array.isArray(reading.value) ? reading.value : [reading.value] } : reading,
    );
  if (args.length !== 1 || Array.isArray(args[0])) return all();
  return whenKnown(readValue(schema, args[0], "args[0]"), (one) =>
    one.fits ? { fits: true, value: [one.value] } : whenKnown(all(), (reading) => likelier(one, reading)),
  );
}

/** Of two refusals the one that got beyond "not even the right kind of value". */
function likelier<T>(one: Reading<T>, all: Reading<T>): Reading<T> {
  if (all.fits || one.fits) return all;
  return one.issues.some(({ path }) => path !== "args[0]") ? one : all;
}

/**
 * Checks the arguments of a job before it is sent; undefined when that is done, or a promise if the schema needs time.
 *
 * @param place What goes before `args` in the errors' field, such as `jobs[3].`.
 * @throws OjsValidationError `invalid_payload` with `details.issues`.
 */
export function checkArgs(schema: StandardSchema, args: unknown, place = ""): Eventually<undefined> {
  const given = args === undefined ? [] : Array.isArray(args) ? args : [args];
  // Writing them is going to fail with the exact place.
  if (findUnserialisable(given) !== undefined) return undefined;
  // A worker gets JSON: no date fits here that would not fit there.
  const travelled: unknown = JSON.parse(stringifyJson(given));
  return whenKnown(readArgs(schema, Array.isArray(travelled) ? travelled : []), (reading) => {
    if (reading.fits) return undefined;
    throw misfit(reading.issues.map((issue) => ({ ...issue, path: `${place}${issue.path}` })));
  });
}

/** Says what does not fit. */
export function misfit(issues: readonly SchemaIssue[]): OjsValidationError {
  return new OjsValidationError("invalid_payload", `The arguments do not fit their schema: ${sumUp(issues)}.`, {
    details: { field: issues[0]?.path ?? "args", issues },
    hint: "Correct what details.issues names. Nothing was sent.",
  });
}
