/** The registry of argument schemas, for those who write or look after job types (ojs-schema-registry). */
import type { Call, RequestOptions } from "../client/call.ts";
import { type Connection, type ConnectionDeps, type ConnectionOptions, connect } from "../client/connection.ts";
import { goneOnce } from "../client/gone-once.ts";
import type { JobDescription } from "../core/definition/define-job.ts";
import { OjsConflictError, OjsNotFoundError } from "../core/errors.ts";
import { sameJson } from "../core/json-equal.ts";
import { schemaUri } from "../core/schema.ts";
import { argsDocument } from "./args-document.ts";
import { deleteSchemaCall, getSchemaCall, listSchemasCall, registerSchemaCall } from "./calls.ts";
import type { JsonSchema, RegisteredSchema, SchemaInfo } from "./registered-schema.ts";

/** A schema that is to be registered. */
export interface SchemaInput {
  /** The type of jobs that it is for. */
  readonly type: string;
  /** An integer, or a text such as `1.2.0`. */
  readonly version: string | number;
  /** JSON Schema, draft 2020-12, of the whole array of arguments. */
  readonly schema: JsonSchema;
  /** Its name in the registry. Default: one that is made of type and version, and only those are for all jobs of their type. */
  readonly uri?: string;
}

/** How the schema of a definition is registered. */
export interface JobSchemaOptions {
  /** Default 1. */
  readonly version?: string | number;
  /** What stands for the definition's schema, for libraries that do not write JSON Schema themselves. */
  readonly jsonSchema?: JsonSchema;
}

/**
 * Reads and fills a server's registry of argument schemas. What is registered there holds for producers in all languages.
 *
 * Options, errors and the last argument of every method are those of {@link OjsClient}.
 *
 * @example
 * await using schemas = new OjsSchemas({ url: "http://localhost:8080" });
 * for (const definition of [sendEmail, resize]) await schemas.registerJobSchema(definition);
 */
export class OjsSchemas {
  readonly #connection: Connection;

  /**
   * Nothing is sent yet.
   *
   * @param deps Time and chance, for tests.
   * @throws OjsValidationError when an option cannot work.
   */
  constructor(options: ConnectionOptions = {}, deps: ConnectionDeps = {}) {
    this.#connection = connect(options, deps);
  }

  /**
   * Registers the schema of a definition's arguments; an application can do it whenever it starts. From then on the server
   * refuses jobs of the type that do not fit, whoever sends them.
   *
   * @throws OjsValidationError when there is no JSON Schema, or one that the server cannot use.
   * @throws OjsConflictError when another schema has that version.
   * @example await schemas.registerJobSchema(resize, { version: 2 });
   */
  async registerJobSchema(
    definition: JobDescription,
    { version = 1, jsonSchema }: JobSchemaOptions = {},
    request?: RequestOptions,
  ): Promise<RegisteredSchema> {
    const schema = argsDocument(definition, jsonSchema);
    return this.registerSchema({ type: definition.type, version, schema }, request);
  }

  /**
   * Registers a schema. The same again changes nothing; another one needs another version.
   *
   * @throws OjsValidationError for what is no JSON Schema; `details.field` is its place.
   * @throws OjsConflictError when another schema has that name.
   * @example await schemas.registerSchema({ type: "email.send", version: 1, schema: { type: "array", minItems: 1 } });
   */
  async registerSchema(
    { uri, type, version, schema }: SchemaInput,
    request?: RequestOptions,
  ): Promise<RegisteredSchema> {
    const name = uri ?? schemaUri(type, version);
    try {
      return await this.#run(registerSchemaCall({ uri: name, type, version, schema }), request);
    } catch (error) {
      if (!(error instanceof OjsConflictError)) throw error;
      return await this.#sameOr(error, name, schema, request);
    }
  }

  /**
   * A schema by its URI, or the latest one of a type.
   *
   * @throws OjsNotFoundError when there is none.
   * @example const { version, schema } = await schemas.getSchema("email.send");
   */
  async getSchema(uriOrType: string, request?: RequestOptions): Promise<RegisteredSchema> {
    return this.#run(getSchemaCall(uriOrType), request);
  }

  /**
   * All schemas, without the documents. Versions are texts there.
   *
   * @example for (const { type, version } of await schemas.listSchemas()) console.log(type, version);
   */
  async listSchemas(request?: RequestOptions): Promise<readonly SchemaInfo[]> {
    return this.#run(listSchemasCall(), request);
  }

  /**
   * Removes a schema. Jobs of its type are checked against the latest one that is left.
   *
   * @throws OjsNotFoundError when there is none.
   * @example await schemas.deleteSchema("urn:ojs:schema:email.send:1");
   */
  async deleteSchema(uri: string, request?: RequestOptions): Promise<void> {
    return goneOnce(this.#connection.requester, deleteSchemaCall(uri), request);
  }

  /** Lets go of idle connections. A transport that was given to the constructor is left alone. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** `await using schemas = …` closes it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The schema that is in the way if it is the very same, which is also what a lost answer looks like. */
  async #sameOr(error: OjsConflictError, uri: string, schema: JsonSchema, request?: RequestOptions) {
    try {
      const there = await this.getSchema(uri, request);
      if (sameJson(there.schema, JSON.parse(JSON.stringify(schema)))) return there;
    } catch (lookup) {
      if (!(lookup instanceof OjsNotFoundError)) throw lookup;
    }
    throw error;
  }

  #run<T>(call: Call<T>, request: RequestOptions | undefined): Promise<T> {
    return this.#connection.requester.run(call, request);
  }
}
