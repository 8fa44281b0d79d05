/** A PostgreSQL with very many jobs in it, made by copying one that went the normal way. */
import { makeOne } from "./seed.mjs";

/** The table of a build that is measured, in the schema that it has by default. */
const JOBS = "ojs.jobs";

/**
 * Adds `params.count` jobs in `params.state`, `available` or `completed`. Those that wait are what `fill` would have put there:
 * nothing else does. Resolves when the server has written all of it and knows its statistics.
 */
export async function seedPostgres({ env, params: { count, state } }) {
  await makeOne(env, state);
  // Not at the top: every measured process loads this file.
  const { default: pg } = await import("pg");
  const client = new pg.Client(env.storage.postgres.url);
  await client.connect();
  try {
    await copyOne(client, state, count);
  } finally {
    await client.end();
  }
  return {};
}

async function copyOne(client, state, copies) {
  const { rows } = await client.query(
    "SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped",
    [JOBS],
  );
  const columns = rows.map(({ name }) => name);
  await client.query("BEGIN");
  await client.query(`CREATE TEMP TABLE pattern ON COMMIT DROP AS SELECT * FROM ${JOBS}`);
  await client.query(`DELETE FROM ${JOBS}`);
  await client.query(`
    INSERT INTO ${JOBS} (${columns.join(", ")})
    SELECT ${columns.map((column) => copied(column, copies)).join(", ")}
    FROM pattern, generate_series(0, ${copies - 1}) AS n`);
  await client.query(`UPDATE ojs.queues SET ${state} = ${state} + ${copies - 1}`);
  await client.query("COMMIT");
  await client.query("VACUUM ANALYZE");
  // Else it is written while we measure.
  await client.query("CHECKPOINT");
}

/** In the order of time, a thousand a second, as the ids and times of real jobs are. */
function copied(column, copies) {
  if (column === "seq") return "nextval('ojs.job_seq')";
  if (column === "id") return "('019539a4-b68c-7def-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
  if (column === "args") return "replace(args, '-1', n::text)";
  return column.endsWith("_at") ? `${column} - ${copies - 1} + n` : column;
}
