/** Schemas as answers (ojs-schema-registry §4). */
import type { JsonText } from "../job.ts";
import { stringifyJson } from "../json.ts";
import type { Schema } from "../schema.ts";
import { formatTimestamp } from "../time.ts";

/** As operators ask for it: flat, the document under `schema`. */
export function encodeSchema(schema: Schema): JsonText {
  return stringifyJson({ ...facts(schema), schema: schema.schema });
}

/** As SDKs ask for it: some read what is in `schema`, others what is around it. */
export function encodeSchemaAnswer(schema: Schema): JsonText {
  return stringifyJson({ ...facts(schema), schema: { ...facts(schema), schema: schema.schema } });
}

/** All schemas, without the documents. The Rust SDK reads every version as a text. */
export function encodeSchemas(schemas: readonly Schema[]): JsonText {
  const shown = schemas.map((schema) => ({ ...facts(schema), version: String(schema.version) }));
  return stringifyJson({ schemas: shown, count: shown.length });
}

/** The versions of a type, the latest first. */
export function encodeSchemaVersions(type: string, schemas: readonly Schema[]): JsonText {
  const versions = schemas.map(({ uri, version, createdAt }, index) => ({
    version,
    uri,
    created_at: formatTimestamp(createdAt),
    is_latest: index === 0,
  }));
  return stringifyJson({ type, job_type: type, versions, count: versions.length });
}

function facts({ uri, type, version, createdAt }: Schema): object {
  return { uri, type, job_type: type, version, created_at: formatTimestamp(createdAt) };
}
