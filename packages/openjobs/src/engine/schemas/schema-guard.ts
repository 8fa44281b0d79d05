/** Lets no job in whose arguments do not fit its schema (ojs-schema-registry §7). In memory, so that an enqueue reads nothing. */
import { type OjsError, ojsError } from "../../core/errors.ts";
import type { JsonText } from "../../core/job.ts";
import type { NewJob } from "../../core/job-request.ts";
import { isJsonObject } from "../../core/json-object.ts";
import { joinPath } from "../../core/json-path.ts";
import type { Schema } from "../../core/schema.ts";
import { ArgumentCheck } from "./argument-check.ts";
import { TooMuchWork } from "./meter.ts";
import { type Flaw, loadSchemaCompiler } from "./schema-compiler.ts";
import { SchemaIndex } from "./schema-index.ts";

/** What of a job is looked at. */
export type Checked = Pick<NewJob, "type" | "args" | "meta" | "attributes">;

/** See above. It is right as far as it was told. */
export class SchemaGuard {
  readonly #onError: (error: unknown, context: string) => void;
  #index = new SchemaIndex();
  #arguments: ArgumentCheck | undefined;

  /** @param onError Hears of schemas that cannot be used. */
  constructor(onError: (error: unknown, context: string) => void) {
    this.#onError = onError;
  }

  /** How many schemas there are. */
  get size(): number {
    return this.#index.size;
  }

  /** To be done before there is a first schema. */
  async prepare(): Promise<void> {
    this.#arguments ??= new ArgumentCheck(await loadSchemaCompiler());
  }

  /** There are these, and no others. What is known already stays as it is, compiled. */
  learn(schemas: readonly Schema[]): void {
    const index = new SchemaIndex();
    for (const schema of schemas) {
      const known = this.#index.get(schema.uri);
      index.add(known?.createdAt === schema.createdAt ? known : schema);
    }
    this.#index = index;
  }

  /** There is one more. */
  note(schema: Schema): void {
    this.#index.add(schema);
  }

  /** There is one less. */
  forget(uri: string): void {
    this.#index.remove(uri);
  }

  /**
   * Looks at the arguments of a job. Costs nothing while there are no schemas, and next to nothing if there are none of its type.
   *
   * @param path Where the job is in its request: `jobs[3]`; empty = it is the request.
   * @throws OjsError `invalid_payload` (422) with all that does not fit.
   */
  check(job: Checked, path: string): void {
    if (this.#index.size === 0) return;
    for (const schema of this.#index.of(job)) this.#checkAgainst(schema, job, path);
  }

  #checkAgainst(schema: Schema, { args, meta }: Checked, path: string): void {
    if (isEncoded(args, meta)) return;
    const flaws = this.#flaws(schema, args);
    if (flaws.length > 0) throw misfit(schema, flaws, joinPath(path, "args"));
  }

  #flaws(schema: Schema, args: JsonText): readonly Flaw[] {
    try {
      return this.#arguments?.flaws(schema, args) ?? [];
    } catch (error) {
      if (error instanceof TooMuchWork) return [{ pointer: "", problem: "takes too long to check" }];
      // It passed once, so jobs are not to blame.
      this.#onError(error, `schema ${schema.uri}`);
      return [];
    }
  }
}

/** Whether only workers can read the arguments (ojs-encryption §5.2). */
function isEncoded(args: JsonText, meta: JsonText): boolean {
  if (meta.includes('"ojs.codec.encodings":') && Object.hasOwn(JSON.parse(meta), "ojs.codec.encodings")) return true;
  if (!args.includes('"ojs_encoded":true')) return false;
  const [first, ...others]: unknown[] = JSON.parse(args);
  return others.length === 0 && isJsonObject(first) && first.ojs_encoded === true;
}

function misfit({ uri, type, version }: Schema, flaws: readonly Flaw[], field: string): OjsError {
  const errors = flaws.map(({ pointer, problem }) => ({ path: pathOf(field, pointer), message: problem }));
  const texts = errors.map(({ path, message }) => `${path} ${message}`);
  return ojsError("invalid_payload", `${field} does not fit the schema ${uri}: ${texts[0]}.`, {
    status: 422,
    type: "validation_error",
    details: { field: errors[0]?.path ?? field, schema: uri, type, version, errors, validation_errors: texts },
    hint: `Correct what details.errors names; GET /ojs/v1/schemas/${encodeURIComponent(uri)} shows the schema.`,
  });
}

/** From a JSON pointer to the way in which all errors here name a place. */
function pathOf(field: string, pointer: string): string {
  const steps = pointer.split("/").slice(1);
  return steps.reduce((path, step) => joinPath(path, keyOf(step)), field);
}

function keyOf(step: string): string | number {
  const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
  return /^\d+$/.test(name) ? Number(name) : name;
}
