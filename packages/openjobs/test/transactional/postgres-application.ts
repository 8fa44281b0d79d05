/** An application with tables and a pool of its own, next to a server, on one PostgreSQL. */
import pg from "pg";
import { OjsClient } from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { postgres } from "../../src/storage/postgres/index.ts";
import { type TransactionClient, transactional } from "../../src/transactional/index.ts";
import { administer, scratchSchema } from "../support/postgres-server.ts";

/** What a test has to do with. */
export class Application {
  readonly server: OjsServer;
  /** Of the server. */
  readonly ojs: OjsClient;
  /** Of the application: no server runs on this storage, and nobody opens it. */
  readonly transactional: ReturnType<typeof transactional<pg.ClientBase>>;
  readonly pool: pg.Pool;
  readonly schema: string;
  readonly table: string;
  readonly #drop: () => Promise<unknown>;

  private constructor(server: OjsServer, url: string, schema: string, drop: () => Promise<unknown>) {
    this.server = server;
    this.ojs = new OjsClient({ transport: server.transport });
    this.transactional = transactional(postgres({ schema }));
    this.pool = new pg.Pool({ connectionString: url, max: 20 });
    this.schema = schema;
    this.table = `${schema}.orders`;
    this.#drop = drop;
  }

  static async start(): Promise<Application> {
    const { url, schema, drop } = await scratchSchema();
    const server = await createServer({ storage: postgres({ url, schema, pool: 4 }) });
    const application = new Application(server, url, schema, drop);
    await administer(`CREATE TABLE ${application.table} (id text PRIMARY KEY)`);
    return application;
  }

  /** Begins a transaction, lets `work` happen in it and ends it by `end`. */
  async transaction<T>(
    work: (jobs: TransactionClient, client: pg.PoolClient) => Promise<T>,
    { begin = "BEGIN", end = "COMMIT" } = {},
  ): Promise<T> {
    const client = await this.pool.connect();
    try {
      await client.query(begin);
      const result = await work(this.transactional.in(client), client);
      await client.query(end);
      return result;
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  }

  /** How many orders the application has kept. */
  async orders(): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>(`SELECT count(*) FROM ${this.table}`);
    return Number(rows[0]?.count);
  }

  async stop(): Promise<void> {
    await this.pool.end();
    await this.server.close({ graceMs: 0 });
    await this.#drop();
  }
}
