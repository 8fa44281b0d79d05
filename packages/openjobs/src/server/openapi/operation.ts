/** One route as an operation of the OpenAPI document. */
import { MEDIA_TYPE } from "../negotiation.ts";
import type { Route } from "../route.ts";
import type { AnswerContent } from "./description.ts";
import {
  COMMON_HEADERS,
  HEADERS,
  PATH_PARAMETERS,
  type Parameter,
  QUERY_PARAMETERS,
  type QueryName,
} from "./parameters.ts";
import { type JsonSchema, ref } from "./schema-words.ts";

/**
 * Describes a route.
 *
 * @throws RangeError when its path has a parameter that nobody has described.
 */
export function operationOf(route: Route): object {
  const { summary, tag, aliasOf } = route.describe;
  const body = bodyOf(route);
  return {
    operationId: operationIdOf(route),
    summary,
    tags: [tag],
    ...(aliasOf === undefined ? {} : { description: `Another name of ${aliasOf}.`, "x-alias-of": aliasOf }),
    parameters: parametersOf(route),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: responsesOf(route),
    ...(route.open === true ? { security: [] } : {}),
  };
}

/** `postJobsByIdActivate`. What is not below `/ojs/v1` is of the server. */
export function operationIdOf({ method, path }: Pick<Route, "method" | "path">): string {
  const [, versioned] = /^\/ojs\/v1\/(.*)$/.exec(path) ?? [];
  const name = versioned ?? `server/${path.replace(/^\/(ojs\/)?/, "")}`;
  const words = name
    .split(/[^A-Za-z0-9:]+/)
    .map((part) => part.replace(/^:(.)/, "by-$1").split("-").map(capital).join(""));
  return `${method.toLowerCase()}${words.join("")}`;
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

function parametersOf({ path, describe: { query = [], headers = [] } }: Route): readonly object[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) =>
    parameter("path", name, pathParameter(name, path)),
  );
  const inQuery = query.map(queryParameter);
  const own = headers.map((name) => parameter("header", name, HEADERS[name]));
  const common = Object.entries(COMMON_HEADERS).map(([name, facts]) => parameter("header", name, facts));
  return [...inPath, ...inQuery, ...own, ...common];
}

function parameter(place: "path" | "query" | "header", name: string, { description, schema }: Parameter): object {
  return { name, in: place, description, schema, ...(place === "path" ? { required: true } : {}) };
}

function queryParameter(key: QueryName): object {
  const facts: Parameter & { readonly name?: string } = QUERY_PARAMETERS[key];
  return parameter("query", facts.name ?? key, facts);
}

function pathParameter(name: string, path: string): Parameter {
  const found = PATH_PARAMETERS[name];
  if (found === undefined) throw new RangeError(`${path}: nobody has described the parameter ${name}`);
  return found;
}

function bodyOf({ readsBody = false, describe: { body } }: Route): object | undefined {
  if (readsBody === false) return undefined;
  if (body === undefined) throw new RangeError("a route that reads a body names no schema of it");
  return { required: readsBody !== "optional", content: jsonContent(ref(body)) };
}

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  101: "The connection goes on in another protocol.",
  200: "Done.",
  201: "Made.",
  202: "Accepted; it is done later.",
  204: "Done; there is nothing to tell.",
  207: "Some of it was done.",
  400: "The request is not well-formed.",
  401: "The API key is missing or wrong.",
  403: "The origin or the host is not one that this server trusts.",
  404: "There is no such thing.",
  409: "Its state does not allow that, or it is there already.",
  413: "It is too large.",
  422: "The request cannot be carried out as it is, or asks for another version of the specification.",
  429: "Too many; `Retry-After` says when to come back.",
  500: "A defect of the server.",
  503: "The storage is in trouble; `Retry-After` says when to come back.",
};

function responsesOf(route: Route): Readonly<Record<string, object>> {
  const { answers } = route.describe;
  const statuses = new Set([...Object.keys(answers).map(Number), ...errorStatuses(route)]);
  const entries = [...statuses].map((status) => [`${status}`, responseOf(status, answers[status], route)] as const);
  return Object.fromEntries(entries);
}

/** What a route can be refused for because of its form. */
function errorStatuses({
  path,
  readsBody = false,
  open = false,
  describe: { query = [], errors = [] },
}: Route): number[] {
  const named = path.includes(":");
  return [
    ...(named || readsBody !== false || query.length > 0 ? [400] : []),
    ...(open ? [] : [401]),
    403,
    ...(named ? [404] : []),
    ...(readsBody === false ? [] : [413]),
    ...errors,
    422,
    500,
    503,
  ];
}

/** Where a route answers with a status on its own account, it may still be refused with it. */
function responseOf(status: number, content: AnswerContent | undefined, route: Route): object {
  const description = STATUS_TEXTS[status] ?? `Status ${status}.`;
  const refused = ref("Error");
  if (content === undefined) return { description, content: jsonContent(refused) };
  if (content === "nothing") return { description };
  if (typeof content !== "string") return { description: content.description, content: otherContent(content.media) };
  const own = ref(content);
  const either = status >= 400 && errorStatuses(route).includes(status);
  return { description, content: jsonContent(either ? { anyOf: [own, refused] } : own) };
}

function jsonContent(schema: JsonSchema): object {
  return { [MEDIA_TYPE]: { schema } };
}

function otherContent(media: string): object {
  return { [media]: { schema: { type: "string" } } };
}
