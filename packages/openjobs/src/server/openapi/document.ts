/**
 * The OpenAPI document (3.1), made of the routing table that serves the requests: a route that is not in the one is not in
 * the other. It is made when somebody first asks for it (docs/adr/024-openapi-from-the-routes.md).
 */
import { MEDIA_TYPE } from "../negotiation.ts";
import type { Route } from "../route.ts";
import { VERSION } from "../version.ts";
import { operationOf } from "./operation.ts";
import { SCHEMAS } from "./schemas.ts";
import { sharedParameters, sharedResponses } from "./shared-parts.ts";

/** What the document depends on beside the routes. */
export interface DocumentTerms {
  /** Whether the server asks for an API key. */
  readonly secured: boolean;
}

type Operations = Readonly<Record<string, object>>;

/**
 * Makes the document.
 *
 * @throws RangeError when a path has a parameter that nobody has described.
 */
export function openApiDocument(routes: readonly Route[], { secured }: DocumentTerms): object {
  return {
    openapi: "3.1.1",
    info: {
      title: "OpenJobs",
      version: VERSION,
      summary: "A server of the Open Job Spec.",
      description: INTRODUCTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    servers: [{ url: "/", description: "The server that this document came from." }],
    tags: tagsOf(routes),
    ...(secured ? { security: [{ apiKey: [] }] } : {}),
    paths: pathsOf(routes),
    components: {
      schemas: SCHEMAS,
      parameters: sharedParameters(),
      responses: sharedResponses(),
      ...(secured ? { securitySchemes: { apiKey: { type: "http", scheme: "bearer" } } } : {}),
    },
  };
}

const INTRODUCTION = [
  `Bodies are JSON; answers have the type \`${MEDIA_TYPE}\`. In requests a member that is null counts as one that is absent.`,
  "Schemas are closed: where others add members of their own, the schema says so.",
  "Each answer has the headers `OJS-Version` and `X-Request-Id`. Every path that answers GET answers HEAD, too, and each answers OPTIONS.",
].join(" ");

/** Paths in the order of the table. */
function pathsOf(routes: readonly Route[]): Readonly<Record<string, Operations>> {
  const paths: Record<string, Operations> = {};
  for (const route of routes) {
    const path = templateOf(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return paths;
}

/** `/jobs/:id` is `/jobs/{id}` there. */
export function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}");
}

function tagsOf(routes: readonly Route[]): readonly { readonly name: string }[] {
  return [...new Set(routes.map(({ describe }) => describe.tag))].map((name) => ({ name }));
}
