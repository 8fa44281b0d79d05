/** Schemas of arguments (ojs-schema-registry §4). */
import { LIMITS } from "../../../core/limits.ts";
import { anyOf, flag, integer, type JsonSchema, list, type Members, object, ref, text, time } from "../schema-words.ts";

const VERSION = anyOf(integer(), text({ maxLength: LIMITS.schemaVersionChars }));
const FACTS: Members = { uri: text(), type: text(), job_type: text(), version: VERSION, created_at: time() };
const DOCUMENT: Members = { schema: ref("JsonObject") };

/** Names of these schemas. */
export type ArgumentSchemaSchemaName =
  | "ArgumentSchemaRegistration"
  | "ArgumentSchemaDocument"
  | "ArgumentSchema"
  | "ArgumentSchemaAnswer"
  | "ArgumentSchemas"
  | "ArgumentSchemaVersions";

export const ARGUMENT_SCHEMA_SCHEMAS: Readonly<Record<ArgumentSchemaSchemaName, JsonSchema>> = {
  ArgumentSchemaRegistration: object(
    { version: VERSION, ...DOCUMENT },
    {
      uri: text({ maxLength: LIMITS.nameChars }),
      type: text(),
      job_type: text({ description: "Another name of `type`." }),
    },
  ),
  ArgumentSchemaDocument: object(DOCUMENT),
  ArgumentSchema: object({ ...FACTS, ...DOCUMENT }, {}, { description: "As operators ask for it: flat." }),
  ArgumentSchemaAnswer: object(
    { ...FACTS, schema: ref("ArgumentSchema") },
    {},
    { description: "As SDKs ask for it: some read what is in `schema`, others what is around it." },
  ),
  ArgumentSchemas: object({ schemas: list(object({ ...FACTS, version: text() })), count: integer() }),
  ArgumentSchemaVersions: object({
    type: text(),
    job_type: text(),
    versions: list(object({ version: VERSION, uri: text(), created_at: time(), is_latest: flag() })),
    count: integer(),
  }),
};
