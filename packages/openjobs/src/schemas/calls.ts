/** Calls about schemas of arguments (ojs-schema-registry §4). */
import { apiPath, type Call } from "../client/call.ts";
import { stringifyJson } from "../core/json.ts";
import { decodeSchema, decodeSchemas, type RegisteredSchema, type SchemaInfo } from "./registered-schema.ts";

/** Repeatable: what is registered does not change, so a second time it is a conflict with itself. */
export function registerSchemaCall({ uri, type, version, schema }: RegisteredSchema): Call<RegisteredSchema> {
  return {
    operation: "registerSchema",
    method: "POST",
    path: apiPath("schemas"),
    body: stringifyJson({ uri, type, version, schema }),
    repeatable: true,
    decode: decodeSchema,
  };
}

export function getSchemaCall(uriOrType: string): Call<RegisteredSchema> {
  return {
    operation: "getSchema",
    method: "GET",
    path: apiPath("schemas", uriOrType),
    repeatable: true,
    decode: decodeSchema,
  };
}

export function listSchemasCall(): Call<readonly SchemaInfo[]> {
  return {
    operation: "listSchemas",
    method: "GET",
    path: apiPath("schemas"),
    repeatable: true,
    decode: decodeSchemas,
  };
}

export function deleteSchemaCall(uri: string): Call<void> {
  return {
    operation: "deleteSchema",
    method: "DELETE",
    path: apiPath("schemas", uri),
    repeatable: true,
    decode: () => undefined,
  };
}
