/** Refusals (ojs-http-binding §16). */
import { flag, type JsonSchema, object, ref, text } from "../schema-words.ts";

/** Names of these schemas. */
export type ErrorSchemaName = "Error" | "ErrorFacts";

export const ERROR_SCHEMAS: Readonly<Record<ErrorSchemaName, JsonSchema>> = {
  Error: object({ error: ref("ErrorFacts") }),
  ErrorFacts: object(
    {
      code: text({ description: "What went wrong, for programs: `invalid_request`, `not_found` …" }),
      message: text({ description: "What went wrong, for people." }),
      retryable: flag({ description: "Whether the same request may succeed later." }),
      docs_url: text({ description: "Where to read on." }),
    },
    {
      type: text({ description: "Finer than `code`, where the specification asks for it." }),
      details: ref("JsonObject"),
      hint: text({ description: "What to do about it." }),
      request_id: text({ description: "Under which the server's log has this request." }),
    },
  ),
};
