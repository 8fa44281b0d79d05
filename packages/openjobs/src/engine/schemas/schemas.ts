/** Schemas of arguments: register, look, remove, and what new jobs have to fit (ojs-schema-registry §4, §7). */
import { OjsError, ojsError } from "../../core/errors.ts";
import { stringifyJson } from "../../core/json.ts";
import { LIMITS } from "../../core/limits.ts";
import { compareVersions, isVersionOf, type Schema, type SchemaRegistration } from "../../core/schema.ts";
import type { NewWorkflow } from "../../core/workflow/definition.ts";
import { eachRequest } from "../../core/workflow/map-requests.ts";
import type { StoredRecord } from "../../storage/records.ts";
import type { Storage } from "../../storage/storage.ts";
import type { Committer } from "../committer.ts";
import { nothing } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import { checkSchema } from "./schema-check.ts";
import type { SchemaEngine } from "./schema-engine.ts";
import { type Checked, SchemaGuard } from "./schema-guard.ts";

const KIND = "schema";

/** A document has up to 16 KiB, so pages are small. */
const PAGE = 50;

/** What the registry needs of an engine. */
interface Parts {
  readonly storage: Pick<Storage, "records">;
  readonly committer: Committer;
  readonly newId: () => string;
  /** Hears when something was changed here that other servers have to read. */
  readonly changed: () => void;
  readonly onError: (error: unknown, context: string) => void;
}

/**
 * The registry. Changes go through here, so what is in memory is right for the engine that made them; others on the same store
 * read everything again when they hear of it.
 */
export class Schemas {
  readonly #parts: Parts;
  readonly #guard: SchemaGuard;
  /** How many changes were made here. */
  #changes = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#guard = new SchemaGuard(parts.onError);
  }

  /** Reads what was registered before, or by others. Rejects with `backend_error` when the storage does not answer. */
  async load(): Promise<void> {
    for (;;) {
      const before = this.#changes;
      const all = await this.#list();
      if (all.length > 0) await this.#guard.prepare();
      // Otherwise what was read may be older than what was changed here meanwhile.
      if (this.#changes !== before) continue;
      this.#guard.learn(all);
      return;
    }
  }

  /** See {@link SchemaGuard.check}. */
  check(job: Checked, path: string): void {
    this.#guard.check(job, path);
  }

  /** The same for the jobs of a batch, none of which is let in unless all may be. */
  checkAll(jobs: readonly Checked[]): void {
    if (this.#guard.size === 0) return;
    jobs.forEach((job, index) => {
      this.#guard.check(job, placeInBatch(index));
    });
  }

  /** The items of a bulk, with errors in place of jobs that do not fit. */
  checkEach<Job extends Checked>(items: readonly (Job | OjsError)[]): readonly (Job | OjsError)[] {
    return this.#guard.size === 0 ? items : items.map((item, index) => this.#checked(item, placeInBatch(index)));
  }

  /** All jobs of a workflow, also those that come later. */
  checkWorkflow(workflow: Pick<NewWorkflow, "root">): void {
    if (this.#guard.size > 0) eachRequest(workflow.root, (job, field) => this.#guard.check(job, field));
  }

  #checked<Job extends Checked>(item: Job | OjsError, path: string): Job | OjsError {
    if (item instanceof OjsError) return item;
    try {
      this.#guard.check(item, path);
      return item;
    } catch (error) {
      if (error instanceof OjsError) return error;
      throw error;
    }
  }

  /** What the engine offers of it. */
  operations(): SchemaEngine {
    return {
      registerSchema: (registration) => this.#register(registration),
      getSchema: async (uri) => read(await this.#find(uri)),
      listSchemas: () => this.#list(),
      schemaVersions: (type) => this.#versionsOf(type),
      removeSchema: (uri) => this.#remove(uri),
    };
  }

  async #register(registration: SchemaRegistration): Promise<Schema> {
    if (this.#guard.size >= LIMITS.schemas) throw full();
    await checkSchema(registration.schema);
    await this.#guard.prepare();
    const { committer, newId, changed } = this.#parts;
    const done = await committer.decide<Schema | undefined>({
      ids: [],
      decide: (_, { now, refused }) => {
        if (refused !== undefined) return nothing(undefined);
        const schema = { ...registration, createdAt: now };
        const record = { kind: KIND, id: schema.uri, revision: newId(), dueAt: null, body: stringifyJson(schema) };
        return {
          effects: [{ kind: "put-record", record, before: null }],
          committed: () => {
            this.#changes += 1;
            this.#guard.note(schema);
            changed();
            return schema;
          },
        };
      },
    });
    if (done === undefined) throw taken(registration);
    return done;
  }

  async #remove(uri: string): Promise<Schema> {
    for (;;) {
      const record = await this.#find(uri);
      const done = await this.#parts.committer.decide<Schema | undefined>({
        ids: [],
        decide: (_, { refused }) => {
          // Somebody else was faster: then it is gone, or another one.
          if (refused !== undefined) return nothing(undefined);
          const key = { kind: KIND, id: uri };
          return {
            effects: [{ kind: "remove-record", key, before: record.revision }],
            committed: () => {
              this.#changes += 1;
              this.#guard.forget(uri);
              this.#parts.changed();
              return read(record);
            },
          };
        },
      });
      if (done !== undefined) return done;
    }
  }

  async #find(uri: string): Promise<StoredRecord> {
    const [record] = await answered(this.#parts.storage.records.get(KIND, [uri]));
    if (record === undefined) throw unknown({ uri });
    return record;
  }

  async #list(): Promise<readonly Schema[]> {
    const { records } = this.#parts.storage;
    const all: Schema[] = [];
    let after: string | undefined;
    do {
      const page = await answered(records.list(KIND, {}, { limit: PAGE, ...(after === undefined ? {} : { after }) }));
      all.push(...page.items.map(read));
      after = page.next;
    } while (after !== undefined);
    return all;
  }

  async #versionsOf(type: string): Promise<readonly Schema[]> {
    const own = (await this.#list()).filter((schema) => isVersionOf(schema, type));
    if (own.length === 0) throw unknown({ type });
    return own.sort((a, b) => compareVersions(b.version, a.version));
  }
}

function read({ body }: StoredRecord): Schema {
  return JSON.parse(body) as Schema; // `register` wrote it
}

function placeInBatch(index: number): string {
  return `jobs[${index}]`;
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

function full(): OjsError {
  return ojsError("conflict", `There are ${LIMITS.schemas} schemas, and there can be no more.`, {
    hint: "Remove versions that no job has any more.",
  });
}
