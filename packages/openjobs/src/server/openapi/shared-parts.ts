/** What many operations refer to, under `components`: parameters and refusals. Repeated in each, they were half of the document. */
import { MEDIA_TYPE } from "../negotiation.ts";
import { COMMON_HEADERS, HEADERS, PATH_PARAMETERS, type Parameter, QUERY_PARAMETERS } from "./parameters.ts";
import { type JsonSchema, ref, text } from "./schema-words.ts";

type Parts = Readonly<Record<string, object>>;

/** Everything under `#/components/parameters`. */
export function sharedParameters(): Parts {
  return Object.fromEntries([
    ...Object.entries(PATH_PARAMETERS).map(([name, facts]) => [inPath(name), parameter("path", name, facts)]),
    ...Object.entries(QUERY_PARAMETERS).map(([key, facts]) => [key, parameter("query", facts.name ?? key, facts)]),
    ...Object.entries({ ...HEADERS, ...COMMON_HEADERS }).map(([name, facts]) => [
      name,
      parameter("header", name, facts),
    ]),
  ]);
}

/** Name of the part for a parameter of a path. */
export function inPath(name: string): string {
  return `path.${name}`;
}

function parameter(place: "path" | "query" | "header", name: string, { description, schema }: Parameter): object {
  return { name, in: place, description, schema, ...(place === "path" ? { required: true } : {}) };
}

/** What a refusal with each status means. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: "The request is not well-formed.",
  401: "The API key is missing or wrong.",
  403: "The origin or the host is not one that this server trusts.",
  404: "There is no such thing.",
  408: "The wait is over, and what was waited for has not happened.",
  409: "Its state does not allow that, or it is there already.",
  413: "It is too large.",
  422: "The request cannot be carried out as it is, or asks for another version of the specification.",
  429: "Too many; `Retry-After` says when to come back.",
  500: "A defect of the server.",
  503: "The storage is in trouble; `Retry-After` says when to come back.",
};

const RETRY_AFTER = { headers: { "Retry-After": { description: "Seconds.", schema: text({ pattern: "^\\d+$" }) } } };

/** Everything under `#/components/responses`. */
export function sharedResponses(): Parts {
  return Object.fromEntries(
    Object.entries(REFUSALS).map(([status, description]) => [
      refused(status),
      { description, ...(/429|503/.test(status) ? RETRY_AFTER : {}), content: jsonContent(ref("Error")) },
    ]),
  );
}

/** Name of the part for a refusal. */
export function refused(status: number | string): string {
  return `Refused${status}`;
}

/** What a refusal with this status means. */
export function meaningOf(status: number): string | undefined {
  return REFUSALS[status];
}

/** A reference to such a part. */
export function partRef(kind: "parameters" | "responses", name: string): object {
  return { $ref: `#/components/${kind}/${name}` };
}

/** JSON in a request or an answer. */
export function jsonContent(schema: JsonSchema): object {
  return { [MEDIA_TYPE]: { schema } };
}
