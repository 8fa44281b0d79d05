/** What an engine can do about schemas of arguments (ojs-schema-registry §4). */
import type { Schema, SchemaRegistration } from "../../core/schema.ts";

/** The operations on schemas. */
export interface SchemaEngine {
  /** Keeps a schema; `conflict` when there is one of that name, `invalid_request` when it is no JSON Schema. */
  registerSchema(registration: SchemaRegistration): Promise<Schema>;
  /** `not_found` when there is none. */
  getSchema(uri: string): Promise<Schema>;
  /** All schemas, by URI. */
  listSchemas(): Promise<readonly Schema[]>;
  /** Those that were registered by this type, the latest version first; `not_found` when there is none. */
  schemaVersions(type: string): Promise<readonly Schema[]>;
  /** Removes a schema, and answers what it was; `not_found` when there is none. */
  removeSchema(uri: string): Promise<Schema>;
}
