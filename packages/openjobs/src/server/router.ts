/**
 * Finds the route for a path. Parameters are matched as raw segments and decoded afterwards, so an encoded `/` or `-`
 * inside a name (the Rust SDK encodes every character that is not alphanumeric) never changes which route is meant.
 */
import FindMyWay from "find-my-way";
import type { Route, RouteRequest } from "./route.ts";

/** The route of a request and the decoded parameters of its path. */
export interface Match {
  readonly route: Route;
  readonly params: RouteRequest["params"];
}

/** The routing table. */
export interface Router {
  find(method: string, path: string): Match | undefined;
  /** Methods that this path answers; empty when no route has it. */
  methods(path: string): readonly string[];
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** The longest name is 128 characters, which may arrive as three times as many. */
const MAX_PARAMETER = 1_024;

const unused = (): void => undefined;

/** Builds the tables once. */
export function createRouter(routes: readonly Route[]): Router {
  const tree = FindMyWay({ maxParamLength: MAX_PARAMETER });
  for (const route of routes) tree.on(route.method, route.path, unused, route);
  const fixed = fixedPaths(routes);

  function find(method: string, path: string): Match | undefined {
    const known = fixed.get(method)?.get(path);
    if (known !== undefined) return known;
    const wanted = METHODS.find((known) => known === (method === "HEAD" ? "GET" : method));
    const found = wanted === undefined ? null : tree.find(wanted, path);
    if (found === null) return undefined;
    const route: Route = found.store;
    return { route, params: found.params };
  }

  function methods(path: string): readonly string[] {
    const found = METHODS.filter((method) => tree.find(method, path) !== null);
    return found.length === 0 ? [] : [...found, ...(found.includes("GET") ? ["HEAD"] : []), "OPTIONS"];
  }

  return { find, methods };
}

/** Paths without parameters, which nearly all requests have: a look into a table instead of a walk, letter by letter. */
function fixedPaths(routes: readonly Route[]): ReadonlyMap<string, ReadonlyMap<string, Match>> {
  const tables = METHODS.map((method) => {
    const own = routes.filter((route) => route.method === method && !/[:*]/.test(route.path));
    return [method, new Map(own.map((route) => [route.path, { route, params: {} }]))] as const;
  });
  return new Map(tables);
}
