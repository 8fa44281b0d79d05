/** Schemas on their way in, in any of the shapes that servers send them (ojs-schema-registry §4). */
import { readArray, readObject } from "../core/codec/answer-shape.ts";
import { text } from "../core/codec/wire-values.ts";
import { isMembers, type Members } from "../core/request-fields.ts";

/** A JSON Schema document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What there is to know of a schema in a registry besides the document. */
export interface SchemaInfo {
  /** Its name in the registry. */
  readonly uri: string;
  /** The type of jobs that it is for. */
  readonly type: string;
  /** An integer, or a text such as `1.2.0`. */
  readonly version: string | number;
  /** RFC 3339. */
  readonly createdAt?: string;
}

/** A schema in a registry. */
export interface RegisteredSchema extends SchemaInfo {
  readonly schema: JsonSchema;
}

/** Reads a schema: flat, or wrapped once more as our server answers SDKs. Throws a plain Error when there is none. */
export function decodeSchema(answer: unknown): RegisteredSchema {
  const outer = readObject(answer, "the answer");
  const inner = readObject(outer.schema, "the answer's schema");
  const wrapped = isMembers(inner.schema) && typeof inner.uri === "string";
  const schema = wrapped ? inner.schema : inner;
  return { ...decodeInfo(wrapped ? inner : outer), schema: readObject(schema, "the document") };
}

/** Reads a list of them. */
export function decodeSchemas(answer: unknown): readonly SchemaInfo[] {
  return readArray(answer, "schemas").map((entry) => decodeInfo(readObject(entry, "a schema")));
}

function decodeInfo({ uri, type, job_type, version, created_at }: Members): SchemaInfo {
  const createdAt = text(created_at);
  return {
    uri: text(uri) ?? "",
    type: text(type) ?? text(job_type) ?? "",
    version: typeof version === "number" ? version : (text(version) ?? ""),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}
