/** Checks arguments against one schema after the other, and keeps what was compiled lately. */
import type { JsonText } from "../../core/job.ts";
import type { Schema } from "../../core/schema.ts";
import { compileSchema } from "./schema-check.ts";
import type { CompiledSchema, Flaw, SchemaCompiler } from "./schema-compiler.ts";

/** Programs are larger than documents, up to some hundred KB each. */
const KEPT = 100;

/** Values in the schema times characters of the arguments: what plain comparisons cost at most, some hundred milliseconds. */
const MAX_COMPARISONS = 200_000_000;

/** Up to here all flaws are looked for, and not only the first: each of them is an object. */
const ALL_FLAWS_COMPARISONS = 200_000;
const SHOWN_FLAWS = 20;

interface Kept {
  readonly schema: Schema;
  readonly first: CompiledSchema;
  /** The same, but it finds all flaws; compiled when there is a first one. */
  all?: CompiledSchema;
  readonly weight: number;
}

/** See above. */
export class ArgumentCheck {
  readonly #compiler: SchemaCompiler;
  /** By URI, those used lately last. */
  readonly #kept = new Map<string, Kept>();

  constructor(compiler: SchemaCompiler) {
    this.#compiler = compiler;
  }

  /**
   * What is wrong with arguments; empty when they fit.
   *
   * @throws TooMuchWork when that would take too long to find out.
   * @throws Error when the schema cannot be compiled.
   */
  flaws(schema: Schema, args: JsonText): readonly Flaw[] {
    const kept = this.#compiled(schema);
    const comparisons = kept.weight * args.length;
    if (comparisons > MAX_COMPARISONS) return [{ pointer: "", problem: "is too large to be checked" }];
    const value: unknown = JSON.parse(args);
    const first = kept.first.check(value);
    if (first.length === 0 || comparisons > ALL_FLAWS_COMPARISONS) return first;
    kept.all ??= compileSchema(this.#compiler, schema.schema, true);
    return kept.all.check(value).slice(0, SHOWN_FLAWS);
  }

  #compiled(schema: Schema): Kept {
    let kept = this.#kept.get(schema.uri);
    // Another one of that name: the one before was removed.
    if (kept?.schema !== schema) {
      kept = { schema, first: compileSchema(this.#compiler, schema.schema), weight: weightOf(schema.schema) };
    }
    this.#kept.delete(schema.uri);
    this.#kept.set(schema.uri, kept);
    for (const uri of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(uri);
    }
    return kept;
  }
}

/** How many values a document has. */
function weightOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + weightOf(inner), 1);
}
