/** Values that are the client's own: what they look like is not this server's business. */
import { type JsonSchema, list, map, ref } from "../schema-words.ts";

/** Names of these schemas. */
export type JsonSchemaName = "JsonValue" | "JsonObject" | "JsonArray" | "OwnMember";

export const JSON_SCHEMAS: Readonly<Record<JsonSchemaName, JsonSchema>> = {
  JsonValue: {
    description: "Any JSON value.",
    type: ["null", "boolean", "number", "string", "array", "object"],
  },
  JsonObject: map(ref("JsonValue"), "Any JSON object."),
  JsonArray: list(ref("JsonValue"), { description: "Any JSON array." }),
  OwnMember: {
    description: "A member that the specification does not know. It is kept and returned as it came (ojs-core §5.5).",
    type: ["null", "boolean", "number", "string", "array", "object"],
  },
};
