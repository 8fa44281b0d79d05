/** What an OpenAPI 3.1 document looks like, as far as ours goes: a member that tools do not know is a mistake. */

const text = { type: "string", minLength: 1 };
const schema = { type: "object", minProperties: 1 };
const reference = (kind: string) => ({
  type: "object",
  properties: { $ref: { type: "string", pattern: `^#/components/${kind}/[A-Za-z0-9._-]+$` } },
  required: ["$ref"],
  additionalProperties: false,
});

const object = (required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}) => ({
  type: "object",
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
});
const map = (of: object, names = ".") => ({
  type: "object",
  propertyNames: { pattern: names },
  additionalProperties: of,
});

const MEDIA = "^[a-z]+/[a-z0-9.+-]+$";
const PART = "^[A-Za-z0-9._-]+$";
const content = { ...map(object({ schema }), MEDIA), minProperties: 1 };

const parameter = object(
  { name: text, in: { enum: ["path", "query", "header"] }, schema },
  { description: text, required: { type: "boolean" } },
);

const response = object({ description: text }, { content, headers: map(object({ schema }, { description: text })) });

const security = { type: "array", items: map({ type: "array", items: text }) };

const operation = object(
  {
    operationId: text,
    summary: text,
    tags: { type: "array", items: text, minItems: 1 },
    parameters: { type: "array", items: reference("parameters"), uniqueItems: true },
    responses: map({ anyOf: [reference("responses"), response] }, "^[1-5][0-9][0-9]$"),
  },
  {
    description: text,
    requestBody: object({ content, required: { type: "boolean" } }),
    security,
    "x-alias-of": { type: "string", pattern: "^[A-Z]+ /" },
  },
);

/** JSON Schema of the document. */
export const DOCUMENT_SHAPE: object = object(
  {
    openapi: { const: "3.1.1" },
    info: object(
      { title: text, version: { type: "string", pattern: "^\\d+\\.\\d+\\.\\d+" } },
      { summary: text, description: text, license: object({ name: text }, { identifier: text }) },
    ),
    jsonSchemaDialect: { const: "https://json-schema.org/draft/2020-12/schema" },
    servers: { type: "array", items: object({ url: text }, { description: text }) },
    tags: { type: "array", items: object({ name: text }), uniqueItems: true },
    paths: map(
      map(operation, "^(get|post|put|patch|delete)$"),
      "^/([A-Za-z0-9._-]+|\\{[a-z]+\\})(/([A-Za-z0-9._-]+|\\{[a-z]+\\}))*$",
    ),
    components: object(
      { schemas: map(schema, PART), parameters: map(parameter, PART), responses: map(response, PART) },
      { securitySchemes: map(object({ type: { const: "http" }, scheme: { const: "bearer" } }), PART) },
    ),
  },
  { security },
);
