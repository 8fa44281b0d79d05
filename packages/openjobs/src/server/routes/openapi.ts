/** What this server answers to, for tools (OpenAPI 3.1). */

import type { JsonText } from "../../core/job.ts";
import { stringifyJson } from "../../core/json.ts";
import { ok, type Route } from "../route.ts";

/** The type of such documents that every tool takes. */
const DOCUMENT_TYPE = { "content-type": "application/json" };

/**
 * `GET /ojs/openapi.json`.
 *
 * @param table The routing table, this route included.
 * @param secured Whether the server asks for an API key.
 */
export function openApiRoute(table: () => readonly Route[], secured: boolean): Route {
  let text: Promise<JsonText> | undefined;

  /** Nothing of it is loaded before: few servers are ever asked. */
  async function write(): Promise<JsonText> {
    const { openApiDocument } = await import("../openapi/document.ts");
    return inAscii(stringifyJson(openApiDocument(table(), { secured })));
  }

  return {
    method: "GET",
    path: "/ojs/openapi.json",
    describe: { tag: "Server", summary: "This document", answers: { 200: "OpenApiDocument" } },
    async run() {
      text ??= write();
      return ok(await text, { headers: DOCUMENT_TYPE });
    },
  };
}

/** The text stays for as long as the server does: a single … in it would make V8 keep two bytes of each character. */
function inAscii(text: JsonText): JsonText {
  return text.replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
