/** Reads requests to register a schema (ojs-schema-registry §4.1), in the words of either route. */
import { exceedsBytes } from "./byte-length.ts";
import { checkDepth, stringifyJson } from "./json.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { LIMITS } from "./limits.ts";
import { refused } from "./request-fields.ts";
import { type SchemaRegistration, schemaUri } from "./schema.ts";

/** URIs, types and versions are parts of paths and names of records: ASCII without spaces. */
const VISIBLE = /^[\x21-\x7e]+$/;
const VERSION = /^[0-9A-Za-z][0-9A-Za-z.+-]*$/;

/** The body of `POST /schemas`: by `uri`, or without one by `job_type` (or `type`) and `version`. */
export function readSchemaRegistration(body: JsonObject): SchemaRegistration {
  const type = readName(body.type ?? body.job_type, "type");
  const version = readVersion(body.version);
  const uri = body.uri === undefined || body.uri === null ? schemaUri(type, version) : readName(body.uri, "uri");
  return { uri, type, version, schema: readDocument(body.schema) };
}

/** The path and body of `PUT /admin/schemas/{type}/{version}`. */
export function readSchemaVersion(type: string, version: string, body: JsonObject): SchemaRegistration {
  const name = readName(type, "type");
  const read = readVersionOfPath(version);
  return { uri: schemaUri(name, read), type: name, version: read, schema: readDocument(body.schema) };
}

/** A version in a path: an integer where it looks like one. */
export function readVersionOfPath(text: string): string | number {
  return readVersion(/^(0|[1-9]\d{0,8})$/.test(text) ? Number(text) : text);
}

function readName(value: unknown, field: string): string {
  if (typeof value === "string" && value.length <= LIMITS.nameChars && VISIBLE.test(value)) return value;
  throw refused(field, `must be a string of 1 to ${LIMITS.nameChars} visible ASCII characters`);
}

function readVersion(value: unknown): string | number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value === "string" && value.length <= LIMITS.schemaVersionChars && VERSION.test(value)) return value;
  throw refused("version", 'must be an integer of at least 0, or a text such as "1.2.0"');
}

function readDocument(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw refused("schema", "must be a JSON Schema document, which is an object");
  checkDepth(value, LIMITS.depth, "schema");
  if (!exceedsBytes(stringifyJson(value), LIMITS.schemaBytes)) return value;
  throw refused("schema", `must have at most ${LIMITS.schemaBytes} bytes as compact JSON`);
}
