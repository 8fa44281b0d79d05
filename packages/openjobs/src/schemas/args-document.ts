/** The arguments of a defined type as a JSON Schema, which every language and the server's registry can read. */
import { refusedOption } from "../core/codec/enqueue-options-encode.ts";
import type { JobDescription } from "../core/definition/define-job.ts";
import type { StandardSchema } from "../core/definition/standard-schema.ts";
import { isMembers } from "../core/request-fields.ts";
import type { JsonSchema } from "./registered-schema.ts";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

const ONLY = "#/$defs/onlyArgument";

/** Names in these are the author's own, also if they are called `$ref` or `default`. */
const BY_NAME: ReadonlySet<string> = new Set(["properties", "patternProperties", "dependentSchemas", "$defs"]);

/** Their values are data, whatever they look like. */
const DATA: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);

/** What a library offers that follows Standard JSON Schema, version 1 (https://standardschema.dev/json-schema). */
interface JsonSchemaSource {
  input(options: { readonly target: "draft-2020-12" }): unknown;
}

/**
 * The schema of the whole array of arguments, of what goes into the schema of a definition: that is what travels.
 *
 * @param given A document for the schema of the definition instead of the one that its library makes.
 * @throws OjsValidationError when there is no document, or the library cannot write the schema as one.
 */
export function argsDocument({ type, argsSchema }: JobDescription, given: JsonSchema | undefined): JsonSchema {
  const document = given ?? (argsSchema === undefined ? undefined : written(argsSchema, type));
  if (document === undefined) throw noDocument(type);
  if (isOfArrays(document)) return document;
  const { $schema, $id: _, ...only } = document;
  return {
    $schema: $schema ?? DRAFT,
    type: "array",
    prefixItems: [{ $ref: ONLY }],
    minItems: 1,
    items: false,
    $defs: { onlyArgument: relocated(only) },
  };
}

/** A document that is a part of another one now: what refers to its root refers to where that is. */
function relocated(document: JsonSchema): JsonSchema {
  const moved = (name: string, value: unknown): unknown => {
    if (DATA.has(name)) return value;
    if (BY_NAME.has(name) && isMembers(value)) return mapped(value, (_, each) => inner(each));
    return name === "$ref" && typeof value === "string" ? value.replace(/^#(?=\/|$)/, ONLY) : inner(value);
  };
  return mapped(document, moved);
}

function mapped(members: JsonSchema, change: (name: string, value: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, change(name, value)]));
}

function inner(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inner);
  // What has an `$id` is a document of its own.
  return isMembers(value) && value.$id === undefined ? relocated(value) : value;
}

function written(schema: StandardSchema, type: string): JsonSchema | undefined {
  const standard: object = schema["~standard"];
  const source = "jsonSchema" in standard ? standard.jsonSchema : undefined;
  if (!isSource(source)) return undefined;
  try {
    const document = source.input({ target: "draft-2020-12" });
    return isMembers(document) ? document : undefined;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refusedOption("args", `The schema of ${type} cannot be written as JSON Schema: ${why}.`, HINT, cause);
  }
}

const HINT = "Give the document as `jsonSchema`.";

function noDocument(type: string): Error {
  const message = `Nothing says what the JSON Schema of the arguments of ${type} is.`;
  return refusedOption("jsonSchema", message, `${HINT} Zod and ArkType write it themselves.`);
}

function isSource(value: unknown): value is JsonSchemaSource {
  return isMembers(value) && typeof value.input === "function";
}

/** Also one that is of several kinds of arrays. */
function isOfArrays({ type, anyOf, oneOf }: JsonSchema): boolean {
  if (type !== undefined) return type === "array";
  const kinds = anyOf ?? oneOf;
  return Array.isArray(kinds) && kinds.length > 0 && kinds.every((kind) => isMembers(kind) && isOfArrays(kind));
}
