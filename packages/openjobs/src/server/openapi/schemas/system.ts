/** The server about itself (ojs-http-binding §8, §21), and the lists of all nouns (§17). */
import { flag, integer, type JsonSchema, list, map, object, ref, text, word } from "../schema-words.ts";

const MILLISECONDS_OR_EVER = { type: ["integer", "null"], minimum: 0 };

/** Names of these schemas. */
export type SystemSchemaName = "Pagination" | "Manifest" | "Health" | "Readiness" | "OpenApiDocument";

export const SYSTEM_SCHEMAS: Readonly<Record<SystemSchemaName, JsonSchema>> = {
  Pagination: object(
    {
      total: integer(),
      limit: integer(),
      offset: integer(),
      has_more: flag(),
      next_cursor: text({ description: "The `cursor` of the next page; empty on the last one." }),
    },
    { page: integer({ minimum: 1 }), per_page: integer({ minimum: 1 }) },
  ),
  Manifest: object({
    specversion: text(),
    ojs_version: text(),
    implementation: object({ name: text(), version: text(), language: text() }),
    conformance_level: integer({ maximum: 4 }),
    protocols: list(text()),
    backend: text(),
    capabilities: map(flag(), "What this server can do."),
    extensions: list(text()),
    endpoints: map(text(), "Paths."),
    guarantees: map(text(), "What this server promises, in words."),
    limits: map(MILLISECONDS_OR_EVER, "Upper bounds; null = none."),
  }),
  Health: object({
    status: word("ok", "degraded"),
    version: text(),
    uptime_seconds: integer(),
    backend: object({ type: text(), status: word("ok", "degraded"), latency_ms: integer() }),
  }),
  Readiness: object({ status: word("ready", "draining", "unavailable") }),
  OpenApiDocument: object(
    {
      openapi: text({ pattern: "^3\\.1\\." }),
      info: ref("JsonObject"),
      paths: ref("JsonObject"),
      components: ref("JsonObject"),
    },
    { jsonSchemaDialect: text(), servers: ref("JsonArray"), tags: ref("JsonArray"), security: ref("JsonArray") },
    { description: "This document (OpenAPI 3.1)." },
  ),
};
