/** The least that a queue on PostgreSQL does: one table, named statements, claims that skip what others hold. */
import pg from "pg";

const CONNECTIONS = 50;
const CLAIMERS = 4;

const TABLE = `
  CREATE TABLE IF NOT EXISTS raw (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state smallint NOT NULL DEFAULT 0, args jsonb NOT NULL
  );
  CREATE INDEX IF NOT EXISTS raw_waiting ON raw (id) WHERE state = 0`;

const ADD = { name: "add", text: "INSERT INTO raw (args) VALUES ($1)" };
const ADD_BATCH = { name: "add-batch", text: "INSERT INTO raw (args) SELECT * FROM unnest($1::jsonb[])" };
const COUNT = { name: "count", text: "SELECT count(*)::int AS n FROM raw WHERE state = $1" };
const COMPLETE = { name: "complete", text: "UPDATE raw SET state = 2 WHERE id = ANY($1)" };
const CLAIM = {
  name: "claim",
  text: `UPDATE raw SET state = 1 WHERE id IN (
    SELECT id FROM raw WHERE state = 0 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id, args`,
};

/** @param env.postgres `{ url }` of an empty database. */
export async function open({ postgres: { url } }) {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  await pool.query(TABLE);
  const query = (statement, ...values) => pool.query({ ...statement, values });
  const count = async (state) => (await query(COUNT, state)).rows[0].n;
  return {
    add: (args) => query(ADD, JSON.stringify(args)),
    addBatch: (list) =>
      query(
        ADD_BATCH,
        list.map((args) => JSON.stringify(args)),
      ),
    waiting: () => count(0),
    completed: () => count(2),
    requests: () => ({}),
    worker: (options) => claimers(query, options),
    close: () => pool.end(),
  };
}

function claimers(query, { concurrency, onJob }) {
  let stopped = false;
  let running;
  const claimer = async () => {
    while (!stopped) {
      const { rows } = await query(CLAIM, concurrency);
      if (rows.length === 0) return;
      for (const { args } of rows) onJob(args);
      await query(
        COMPLETE,
        rows.map(({ id }) => id),
      );
    }
  };
  return {
    async start() {
      running = Promise.all(Array.from({ length: CLAIMERS }, claimer));
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}
