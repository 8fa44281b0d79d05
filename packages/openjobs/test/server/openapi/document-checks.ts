/** What an OpenAPI document has to be beside well-formed: closed, complete, and without references into nothing. */

/** Any part of a document. */
export type Part = Readonly<Record<string, unknown>>;

export function isPart(value: unknown): value is Part {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Schemas that say what a value is without describing it: there has to be another keyword. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(["description", "title", "examples"]);

/** The only schema under which members stand that the document does not name. */
const OWN_MEMBER = "#/components/schemas/OwnMember";

/** What is wrong with a schema and everything in it; empty when it is closed and says something. */
export function schemaProblems(schema: unknown, path: string): readonly string[] {
  if (!isPart(schema)) return [`${path}: no schema`];
  const own = Object.keys(schema).every((keyword) => SAYS_NOTHING.has(keyword)) ? [`${path}: says nothing`] : [];
  return [
    ...own,
    ...objectProblems(schema, path),
    ...partsOf(schema).flatMap(([name, part]) => schemaProblems(part, `${path}/${name}`)),
  ];
}

function objectProblems(schema: Part, path: string): readonly string[] {
  const { type, properties, additionalProperties: more } = schema;
  const isObject = type === "object" || (type === undefined && properties !== undefined);
  if (!isObject || more === false) return [];
  if (!isPart(more)) return [`${path}: takes any member`];
  // A map has no names of its own; what has names may have others only where they are the client's own.
  return properties === undefined || more.$ref === OWN_MEMBER ? [] : [`${path}: takes members that it does not name`];
}

/** The schemas in a schema. */
function partsOf({
  properties,
  items,
  additionalProperties,
  anyOf,
  allOf,
}: Part): readonly (readonly [string, unknown])[] {
  return [
    ...(isPart(properties) ? Object.entries(properties) : []),
    ...(items === undefined ? [] : [["items", items] as const]),
    ...(isPart(additionalProperties) ? [["*", additionalProperties] as const] : []),
    ...[anyOf, allOf].flatMap((list) =>
      Array.isArray(list) ? list.map((part, index) => [`${index}`, part] as const) : [],
    ),
  ];
}

/** The same document for answers about what nobody added members to: there, one that is not named is a mistake. */
export function withoutOwnMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOwnMembers);
  if (!isPart(value)) return value;
  const more = value.additionalProperties;
  const closed = isPart(more) && more.$ref === OWN_MEMBER ? { ...value, additionalProperties: false } : value;
  return Object.fromEntries(Object.entries(closed).map(([name, part]) => [name, withoutOwnMembers(part)]));
}

/** Every `$ref` in it that leads nowhere. */
export function danglingRefs(document: unknown): readonly string[] {
  return refsIn(document).filter((pointer) => partAt(document, pointer) === undefined);
}

/** Parts of `components` that nothing leads to. */
export function unusedParts(document: Part): readonly string[] {
  const components = isPart(document.components) ? document.components : {};
  const used = new Set(refsIn(document));
  return ["schemas", "parameters", "responses"].flatMap((kind) => {
    const parts = components[kind];
    const pointers = Object.keys(isPart(parts) ? parts : {}).map((name) => `#/components/${kind}/${name}`);
    return pointers.filter((pointer) => !used.has(pointer));
  });
}

/** The part of a document that a `$ref` leads to, or else the part itself; and where it is. */
export function followed(document: unknown, part: unknown, pointer: string): { part: Part; pointer: string } {
  if (!isPart(part)) return { part: {}, pointer };
  if (typeof part.$ref !== "string") return { part, pointer };
  return followed(document, partAt(document, part.$ref), part.$ref);
}

function refsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (!isPart(value)) return [];
  return Object.entries(value).flatMap(([name, part]) => (name === "$ref" ? [String(part)] : refsIn(part)));
}

function partAt(document: unknown, pointer: string): unknown {
  let part: unknown = document;
  for (const step of pointer.replace(/^#\//, "").split("/")) part = isPart(part) ? part[step] : undefined;
  return part;
}
