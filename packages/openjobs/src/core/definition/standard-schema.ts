/**
 * What a schema library has to offer, be it Zod, Valibot, ArkType or another one that follows the Standard Schema
 * specification, version 1 (https://standardschema.dev). Our own words for that small interface: it needs no package.
 */

/** A value now, or a promise of it. */
export type Eventually<T> = T | Promise<T>;

/** One place that does not fit. */
export interface StandardIssue {
  readonly message: string;
  /** From the outside to the place; a step is a key, or an object that has one. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What came out of a check: the value as the schema makes it, or what is wrong. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/**
 * A schema of any library that follows Standard Schema. `Input` is what it takes, `Output` what it makes of that.
 *
 * @example
 * const args: StandardSchema<{ to: string }> = z.object({ to: z.email() });
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    /** Name of the library. */
    readonly vendor: string;
    readonly validate: (value: unknown) => Eventually<StandardResult<Output>>;
    /** Never there at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema takes. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["input"];

/** What a schema makes of it. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];

/** What there is to say about the arguments of a type of job. */
export interface ArgsRule {
  /** What arguments have to fit before they are sent and before a handler gets them. */
  readonly argsSchema?: StandardSchema;
}

/** Whether a value is such a schema; those of ArkType are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  const standard = "~standard" in value ? value["~standard"] : undefined;
  return (
    typeof standard === "object" &&
    standard !== null &&
    "validate" in standard &&
    typeof standard.validate === "function"
  );
}

/** Goes on with a value at once if it is there: a promise costs a turn. */
export function whenKnown<T, Next>(value: Eventually<T>, next: (value: T) => Eventually<Next>): Eventually<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
