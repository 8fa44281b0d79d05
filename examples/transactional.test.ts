/** The examples of transactional enqueue, each with its library on a real PostgreSQL. */
import { drizzle } from "drizzle-orm/node-postgres";
import { Kysely, PostgresDialect } from "kysely";
import { OjsClient } from "openjobs";
import { createServer, type OjsServer } from "openjobs/server";
import { postgres, type SqlTransaction } from "openjobs/storage/postgres";
import { type Transactional, type TransactionClient, transactional } from "openjobs/transactional";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  describeOnPostgres,
  type ScratchSchema,
  scratchSchema,
} from "../packages/openjobs/test/support/postgres-server.ts";
import { placeOrder as byDrizzle } from "./transactional-drizzle/place-order.ts";
import { placeOrder as byKysely, type Tables } from "./transactional-kysely/place-order.ts";
import { placeOrder as byPg } from "./transactional-pg/place-order.ts";
import { placeOrder as byPrisma, type Prisma } from "./transactional-prisma/place-order.ts";

describeOnPostgres("transactional enqueue", () => {
  let scratch: ScratchSchema;
  let server: OjsServer;
  let client: OjsClient;
  let pool: pg.Pool;
  let jobs: Transactional<SqlTransaction, TransactionClient>;

  beforeAll(async () => {
    scratch = await scratchSchema();
    const { url, schema } = scratch;
    server = await createServer({ storage: postgres({ url, schema, pool: 3 }) });
    client = new OjsClient({ transport: server.transport });
    pool = new pg.Pool({ connectionString: url, options: `-c search_path=${schema}`, max: 3 });
    jobs = transactional(postgres({ schema }));
    await pool.query("CREATE TABLE orders (id text PRIMARY KEY, email text NOT NULL)");
  });

  afterAll(async () => {
    await pool.end();
    await server.close({ graceMs: 0 });
    await scratch.drop();
  });

  const places: Record<string, (id: string) => Promise<void>> = {
    pg: (id) => byPg(pool, id, "ada@example.com", jobs),
    drizzle: (id) => byDrizzle(drizzle(pool), id, "ada@example.com", jobs),
    kysely: (id) => {
      const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
      return byKysely(db, id, "ada@example.com", jobs);
    },
    "a stand-in for prisma": (id) => byPrisma(standIn(pool), id, "ada@example.com", jobs),
  };

  it.each(Object.keys(places))("keeps an order with its job, or neither, by %s", async (name) => {
    const waiting = async (): Promise<number> => {
      const queues = await client.listQueues();
      return queues.items.some((queue) => queue.name === "email")
        ? (await client.getQueueStats("email")).counts.available
        : 0;
    };
    const before = await waiting();
    await places[name]?.(name);
    expect(await waiting()).toBe(before + 1);
    // The order is there already: the insert fails, and takes the job with it.
    await expect(places[name]?.(name)).rejects.toThrow();
    expect(await waiting()).toBe(before + 1);
  });
});

/** What prisma does with an interactive transaction and with raw SQL, as its reference describes it. */
function standIn(pool: pg.Pool): Prisma {
  return {
    async $transaction(work) {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const result = await work({
          $queryRawUnsafe: async <T>(query: string, ...values: unknown[]) =>
            (await client.query(query, values)).rows as T,
          $executeRawUnsafe: async (query, ...values) => (await client.query(query, values)).rowCount ?? 0,
        });
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      } finally {
        client.release();
      }
    },
  };
}
