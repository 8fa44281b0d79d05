/** Schemas of arguments: register, look, remove (ojs-schema-registry §4). */
import { type OjsError, ojsError } from "../../core/errors.ts";
import { stringifyJson } from "../../core/json.ts";
import { compareVersions, isVersionOf, type Schema, type SchemaRegistration } from "../../core/schema.ts";
import type { StoredRecord } from "../../storage/records.ts";
import type { EngineContext } from "../context.ts";
import { nothing } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import { checkSchema } from "./schema-check.ts";
import type { SchemaEngine } from "./schema-engine.ts";

const KIND = "schema";

/** A document has up to 16 KiB, so pages are small. */
const PAGE = 50;

/** Binds the operations to an engine. */
export function schemaOperations(context: EngineContext): SchemaEngine {
  return {
    registerSchema: (registration) => register(context, registration),
    getSchema: async (uri) => read(await find(context, uri)),
    listSchemas: () => list(context),
    schemaVersions: (type) => versionsOf(context, type),
    removeSchema: (uri) => remove(context, uri),
  };
}

async function register({ committer, newId }: EngineContext, registration: SchemaRegistration): Promise<Schema> {
  await checkSchema(registration.schema);
  const done = await committer.decide<Schema | undefined>({
    ids: [],
    decide(_, { now, refused }) {
      if (refused !== undefined) return nothing(undefined);
      const schema = { ...registration, createdAt: now };
      const record = { kind: KIND, id: schema.uri, revision: newId(), dueAt: null, body: stringifyJson(schema) };
      return { effects: [{ kind: "put-record", record, before: null }], committed: () => schema };
    },
  });
  if (done === undefined) throw taken(registration);
  return done;
}

async function remove(context: EngineContext, uri: string): Promise<Schema> {
  for (;;) {
    const record = await find(context, uri);
    const done = await context.committer.decide<Schema | undefined>({
      ids: [],
      decide(_, { refused }) {
        // Somebody else was faster: then it is gone, or another one.
        if (refused !== undefined) return nothing(undefined);
        const key = { kind: KIND, id: uri };
        return {
          effects: [{ kind: "remove-record", key, before: record.revision }],
          committed: () => read(record),
        };
      },
    });
    if (done !== undefined) return done;
  }
}

async function find({ storage }: EngineContext, uri: string): Promise<StoredRecord> {
  const [record] = await answered(storage.records.get(KIND, [uri]));
  if (record === undefined) throw unknown({ uri });
  return record;
}

async function list({ storage }: EngineContext): Promise<readonly Schema[]> {
  const all: Schema[] = [];
  let after: string | undefined;
  do {
    const page = await answered(
      storage.records.list(KIND, {}, { limit: PAGE, ...(after === undefined ? {} : { after }) }),
    );
    all.push(...page.items.map(read));
    after = page.next;
  } while (after !== undefined);
  return all;
}

async function versionsOf(context: EngineContext, type: string): Promise<readonly Schema[]> {
  const all = await list(context);
  const own = all.filter((schema) => isVersionOf(schema, type));
  if (own.length === 0) throw unknown({ type });
  return own.sort((a, b) => compareVersions(b.version, a.version));
}

function read({ body }: StoredRecord): Schema {
  return JSON.parse(body) as Schema; // `register` wrote it
}

function unknown(name: { readonly uri: string } | { readonly type: string }): OjsError {
  const text = "uri" in name ? name.uri : `of the type ${name.type}`;
  return ojsError("not_found", `There is no schema ${text}.`, { details: name });
}

function taken({ uri, type, version }: SchemaRegistration): OjsError {
  return ojsError("conflict", `There is a schema ${uri} already.`, {
    details: { uri, type, version },
    hint: "A registered schema does not change: register another version, or remove this one first.",
  });
}
