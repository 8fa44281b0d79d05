/** The page about every route, written from the OpenAPI document and so from the routing table. */
import { followed } from "../server/openapi/document-checks.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
}

interface Operation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
  readonly security?: readonly unknown[];
  readonly "x-alias-of"?: string;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
}

/** As much of an OpenAPI document as the page tells. */
export interface DescribedRoutes {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const INTRODUCTION = `# Every route

Written from the routing table: do not edit, \`npm run docs:reference\` writes it anew. The server has the same with every member of every body, as OpenAPI 3.1,
at \`/ojs/openapi.json\`; the names of bodies here are those of its \`components.schemas\`.
[Over HTTP](../guides/http.md) shows the routes at work.

Any route may also answer 401 (no or another API key), 403 (a foreign origin or host), 422 (another version of the specification), 500 and 503 (the storage is in trouble: \`Retry-After\`);
one with a body 400 and 413, one with a name in its path 404. Those marked *open* need no key. *A page* is asked for by \`?limit\` and \`?cursor\`; older clients may say \`?offset\`, or \`?page\` and \`?per_page\`.
`;

/** Headers that every request may have. */
const COMMON: ReadonlySet<string> = new Set(["OJS-Version", "X-Request-Id"]);

/** What lists in pages take. */
const PAGING: readonly string[] = ["limit", "cursor", "offset", "page", "per_page"];

/** What every route may answer: see the introduction. */
const USUAL: ReadonlySet<string> = new Set(["400", "401", "403", "404", "413", "422", "500", "503"]);

/** Writes the page. */
export function httpReference(document: DescribedRoutes): string {
  const { tags, paths } = document;
  const routes = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation: unfolded(document, operation),
    })),
  );
  const sections = tags.map(({ name }) => {
    const own = routes.filter(
      ({ operation }) => operation.tags.includes(name) && operation["x-alias-of"] === undefined,
    );
    return `## ${name}\n\n| route | what it does | asks | answers |\n|---|---|---|---|\n${own.map(rowOf).join("\n")}\n`;
  });
  const aliases = routes.flatMap(({ name, operation }) => {
    const of = operation["x-alias-of"];
    return of === undefined ? [] : [`| \`${name}\` | \`${of.replaceAll(/:(\w+)/g, "{$1}")}\` |`];
  });
  return [INTRODUCTION, ...sections, ALIASES, ...aliases, ""].join("\n");
}

const ALIASES = `## Other names

For clients that know a route by another name. It is the same route ([why](../adr/027-aliases.md)).

| route | is |
|---|---|`;

/** With the parts in it that an operation only refers to. */
function unfolded(document: DescribedRoutes, operation: Operation): Operation {
  const part = (folded: object): object => followed(document, folded, "").part;
  return {
    ...operation,
    parameters: operation.parameters.map(part) as Parameter[], // what the references lead to
    responses: Object.fromEntries(Object.entries(operation.responses).map(([status, one]) => [status, part(one)])),
  };
}

function rowOf({ name, operation }: { readonly name: string; readonly operation: Operation }): string {
  const open = operation.security === undefined ? "" : " *(open)*";
  return `| \`${name}\` | ${operation.summary}${open} | ${asked(operation)} | ${answered(operation)} |`;
}

function asked({ parameters, requestBody }: Operation): string {
  const names = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
  const paged = PAGING.every((name) => names.includes(name));
  const query = names.filter((name) => !paged || !PAGING.includes(name)).map((name) => `\`?${name}\``);
  const headers = parameters.filter((parameter) => parameter.in === "header" && !COMMON.has(parameter.name));
  const body = requestBody === undefined ? [] : [contentOf(requestBody.content)];
  return [...body, ...query, ...(paged ? ["a page"] : []), ...headers.map((parameter) => `\`${parameter.name}\``)].join(
    ", ",
  );
}

function answered({ responses }: Operation): string {
  return Object.entries(responses)
    .filter(([status, { content }]) => !USUAL.has(status) || !/^`Error`$/.test(contentOf(content ?? {})))
    .map(([status, { content }]) => (status < "400" ? `${status} ${contentOf(content ?? {})}`.trim() : status))
    .join(", ");
}

/** Names of schemas, or the type of what is not JSON. */
function contentOf(content: Content): string {
  return Object.entries(content)
    .map(([media, { schema }]) => {
      const names = [schema, ...(schema.anyOf ?? [])].flatMap(({ $ref }) => $ref?.split("/").at(-1) ?? []);
      return `\`${names.length === 0 ? media : names.join("` or `")}\``;
    })
    .join(", ");
}
