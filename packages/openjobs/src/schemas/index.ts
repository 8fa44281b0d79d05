/** The registry of argument schemas, apart from the SDK's own entry: it is for deployments, not for every process. */
export { type JobSchemaOptions, OjsSchemas, type SchemaInput } from "./ojs-schemas.ts";
export type { JsonSchema, RegisteredSchema, SchemaInfo } from "./registered-schema.ts";
