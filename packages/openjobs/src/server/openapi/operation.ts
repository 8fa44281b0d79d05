/** One route as an operation of the OpenAPI document. */
import type { Route } from "../route.ts";
import { COMMON_HEADERS, PATH_PARAMETERS } from "./parameters.ts";
import { responsesOf } from "./responses.ts";
import { ref } from "./schema-words.ts";
import { inPath, jsonContent, partRef } from "./shared-parts.ts";

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
  const inPaths = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => inPath(knownName(name, path)));
  const names = [...inPaths, ...query, ...headers, ...Object.keys(COMMON_HEADERS)];
  return names.map((name) => partRef("parameters", name));
}

function knownName(name: string, path: string): string {
  if (PATH_PARAMETERS[name] !== undefined) return name;
  throw new RangeError(`${path}: nobody has described the parameter ${name}`);
}

function bodyOf({ path, readsBody = false, describe: { body } }: Route): object | undefined {
  if (readsBody === false) return undefined;
  if (body === undefined) throw new RangeError(`${path}: it reads a body, and its description names none`);
  return { required: readsBody !== "optional", content: jsonContent(ref(body)) };
}
