/** Schemas of arguments, by URI for SDKs and by type and version for operators (ojs-schema-registry §10). */
import {
  encodeSchema,
  encodeSchemaAnswer,
  encodeSchemas,
  encodeSchemaVersions,
} from "../../core/codec/schema-encode.ts";
import { OjsNotFoundError } from "../../core/errors.ts";
import { type Schema, schemaUri } from "../../core/schema.ts";
import { readSchemaRegistration, readSchemaVersion, readVersionOfPath } from "../../core/schema-request.ts";
import type { Engine } from "../../engine/facade.ts";
import { ok, type Route, type RouteRequest } from "../route.ts";

const LIST = "/ojs/v1/schemas";
const ADMIN = "/ojs/v1/admin/schemas";

const SDK_ANSWER = "ArgumentSchemaAnswer";
const ADMIN_ANSWER = "ArgumentSchema";

/** The routes under `/ojs/v1/schemas` and `/ojs/v1/admin/schemas`. */
export function schemaRoutes(engine: Engine): readonly Route[] {
  return [...routesByUri(engine), ...routesByType(engine, LIST, encodeSchemaAnswer), ...adminRoutes(engine)];
}

function routesByUri(engine: Engine): readonly Route[] {
  const path = `${LIST}/:name`;
  return [
    {
      method: "GET",
      path: LIST,
      describe: { tag: "Schemas", summary: "List schemas", answers: { 200: "ArgumentSchemas" } },
      run: async () => ok(encodeSchemas(await engine.listSchemas())),
    },
    {
      method: "POST",
      path: LIST,
      readsBody: true,
      describe: {
        tag: "Schemas",
        summary: "Register a schema",
        body: "ArgumentSchemaRegistration",
        answers: { 201: "ArgumentSchemaAnswer" },
        errors: [409],
      },
      run: async ({ body }) => created(await engine.registerSchema(readSchemaRegistration(body)), encodeSchemaAnswer),
    },
    {
      method: "GET",
      path,
      describe: { tag: "Schemas", summary: "Look at a schema by its URI or type", answers: { 200: SDK_ANSWER } },
      run: async (request) => ok(encodeSchemaAnswer(await byName(engine, nameOf(request)))),
    },
    {
      method: "DELETE",
      path,
      describe: { tag: "Schemas", summary: "Remove a schema by its URI", answers: { 200: SDK_ANSWER } },
      run: async (request) => ok(encodeSchemaAnswer(await engine.removeSchema(nameOf(request)))),
    },
  ];
}

/** The same under both paths; SDKs and operators read a schema differently. */
function routesByType(engine: Engine, base: string, encode: (schema: Schema) => string): readonly Route[] {
  const path = `${base}/:name/:version`;
  const answers = { 200: base === ADMIN ? ADMIN_ANSWER : SDK_ANSWER } as const;
  return [
    {
      method: "GET",
      path: `${base}/:name/versions`,
      describe: {
        tag: "Schemas",
        summary: "List the versions of a schema",
        answers: { 200: "ArgumentSchemaVersions" },
      },
      async run(request) {
        const type = nameOf(request);
        return ok(encodeSchemaVersions(type, await engine.schemaVersions(type)));
      },
    },
    {
      method: "GET",
      path,
      describe: { tag: "Schemas", summary: "Look at a version of a schema", answers },
      run: async (request) => ok(encode(await engine.getSchema(uriOf(request)))),
    },
    {
      method: "DELETE",
      path,
      describe: { tag: "Schemas", summary: "Remove a version of a schema", answers },
      run: async (request) => ok(encode(await engine.removeSchema(uriOf(request)))),
    },
  ];
}

function adminRoutes(engine: Engine): readonly Route[] {
  return [
    ...routesByType(engine, ADMIN, encodeSchema),
    {
      method: "GET",
      path: `${ADMIN}/:name`,
      describe: { tag: "Schemas", summary: "Look at the latest version of a schema", answers: { 200: ADMIN_ANSWER } },
      run: async (request) => ok(encodeSchema(await latest(engine, nameOf(request)))),
    },
    {
      method: "PUT",
      path: `${ADMIN}/:name/:version`,
      readsBody: true,
      describe: {
        tag: "Schemas",
        summary: "Register a version of a schema",
        body: "ArgumentSchemaDocument",
        answers: { 201: ADMIN_ANSWER },
        errors: [409],
      },
      async run({ params, body }) {
        const registration = readSchemaVersion(params.name ?? "", params.version ?? "", body);
        return created(await engine.registerSchema(registration), encodeSchema);
      },
    },
  ];
}

/** A URI, or else a type, whose latest version is meant. */
async function byName(engine: Engine, name: string): Promise<Schema> {
  try {
    return await engine.getSchema(name);
  } catch (error) {
    if (error instanceof OjsNotFoundError) return latest(engine, name);
    throw error;
  }
}

async function latest(engine: Engine, type: string): Promise<Schema> {
  const [first] = await engine.schemaVersions(type);
  if (first === undefined) throw new RangeError(`no version of ${type}, and no error that says so`);
  return first;
}

function created(schema: Schema, encode: (schema: Schema) => string) {
  const headers = { location: `${LIST}/${encodeURIComponent(schema.uri)}` };
  return { status: 201, body: encode(schema), headers };
}

function nameOf({ params }: RouteRequest): string {
  return params.name ?? "";
}

function uriOf({ params }: RouteRequest): string {
  return schemaUri(params.name ?? "", readVersionOfPath(params.version ?? ""));
}
