/**
 * Schemas as functions. The library is loaded when there is a first schema, and everything whose time could grow faster than
 * schema times arguments is replaced here or counted (docs/adr/028-checking-arguments.md).
 */
import type { AnySchemaObject, CodeKeywordDefinition, ErrorObject } from "ajv/dist/2020.js";
import { canonicalJson } from "../../core/canonical-json.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { FORMATS } from "./formats.ts";
import { Meter } from "./meter.ts";
import { Pattern } from "./pattern/pattern.ts";

/** Where a schema may refer to another place, and so to itself. */
export const REFERENCES: readonly string[] = ["$ref", "$dynamicRef"];

/** Steps of patterns, references and comparisons in one check: some tens of milliseconds. */
const MAX_STEPS = 1_000_000;

/** What is wrong: a JSON pointer into what was checked, and what must be there. */
export interface Flaw {
  readonly pointer: string;
  readonly problem: string;
}

/** A compiled schema. */
export interface CompiledSchema {
  /**
   * What is wrong with a value; empty when it fits.
   *
   * @throws TooMuchWork when that cannot be known in the steps that a check may take.
   */
  check(value: unknown): readonly Flaw[];
}

/** Makes functions of documents. */
export interface SchemaCompiler {
  /** Why a document is none of the draft's, if it is not. */
  flawOf(document: JsonObject): Flaw | undefined;
  /** @param all Whether all flaws are wanted, instead of the first. @throws Error when the document cannot be used. */
  compile(document: JsonObject, all: boolean): CompiledSchema;
}

/** The draft's own rules take a tenth of a second to compile, so that is done once. */
let loaded: Promise<SchemaCompiler> | undefined;

/** Loads the library, at the first call. */
export function loadSchemaCompiler(): Promise<SchemaCompiler> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<SchemaCompiler> {
  const { Ajv2020, _ } = await import("ajv/dist/2020.js");
  const meter = new Meter();
  const regExp = Object.assign((source: string) => new Pattern(source, meter), { code: "pattern" });
  // References are functions, not copies: else a small document could become a program of any size.
  const base = { strict: false, logger: false, inlineRefs: false } as const;
  // Its optimiser takes three seconds more for 50 KB of properties, and nothing else runs meanwhile.
  const draft = new Ajv2020({ ...base, addUsedSchema: false, code: { optimize: false } });
  // One for each document: an `$id` in one must not be in the way of another.
  const fresh = (allErrors: boolean) => {
    const code = { optimize: false, regExp };
    const ajv = new Ajv2020({ ...base, code, allErrors, formats: FORMATS, meta: false, validateSchema: false });
    for (const name of REFERENCES) countReference(ajv, name);
    ajv.removeKeyword("uniqueItems").addKeyword(uniqueItems(meter));
    return ajv;
  };

  /** Schemas may call themselves, and twice for one value: without this, as often as two to the power of the depth. */
  function countReference(ajv: InstanceType<typeof Ajv2020>, name: string): void {
    const rule = ajv.RULES.all[name];
    if (typeof rule !== "object" || !("code" in rule.definition)) throw new Error(`ajv has no rule for ${name}`);
    const { code } = rule.definition as CodeKeywordDefinition; // those with `code` are
    rule.definition.code = (context, type) => {
      const spend = context.gen.scopeValue("func", { ref: meter, code: _`meter` });
      context.gen.code(_`${spend}.spend(1)`);
      code(context, type);
    };
  }

  return {
    flawOf(document) {
      draft.validateSchema(document);
      return draft.errors?.map(flawIn)[0];
    },
    compile(document: AnySchemaObject, all) {
      const validate = fresh(all).compile(document);
      return {
        check(value) {
          meter.start(MAX_STEPS);
          return validate(value) ? [] : (validate.errors ?? []).map(flawIn);
        },
      };
    },
  };
}

/** The library compares every two elements. */
function uniqueItems(meter: Meter) {
  return {
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    error: { message: "must not have the same element twice" },
    validate(wanted: boolean, items: readonly unknown[]): boolean {
      if (!wanted) return true;
      const texts = items.map(canonicalJson);
      for (const text of texts) meter.spend(text.length);
      return new Set(texts).size === texts.length;
    },
  } as const;
}

function flawIn({ instancePath, message = "is not allowed", params }: ErrorObject): Flaw {
  const extra = params.additionalProperty ?? params.unevaluatedProperty ?? params.propertyName;
  const problem = typeof extra === "string" ? `${message}: ${JSON.stringify(extra)}` : message;
  return { pointer: instancePath, problem };
}
