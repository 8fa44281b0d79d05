/** pg-boss with LISTEN/NOTIFY and bursts; it runs a batch at once, so its size is the concurrency unless a row asks for more. */
import pg from "pg";
import { PgBoss } from "pg-boss";

const NAME = "bench";

/**
 * @param env.postgres `{ url }` of an empty database.
 * @param env.batchSize Jobs that a worker takes at once; absent = its concurrency.
 */
export async function open({ postgres, batchSize }) {
  const boss = new PgBoss({ connectionString: postgres.url, useListenNotify: true });
  boss.on("error", (error) => console.error("pg-boss:", error.message));
  await boss.start();
  if ((await boss.getQueue(NAME)) == null) await boss.createQueue(NAME, { notify: true });
  const pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
  const inState = async (...states) => {
    const text = "SELECT count(*)::int AS n FROM pgboss.job WHERE name = $1 AND state::text = ANY($2)";
    const { rows } = await pool.query(text, [NAME, states]);
    return rows[0].n;
  };
  return {
    add: (args) => boss.send(NAME, args),
    addBatch: (list) =>
      boss.insert(
        NAME,
        list.map((data) => ({ data })),
      ),
    waiting: () => inState("created", "retry"),
    completed: () => inState("completed"),
    requests: () => ({}),
    worker: ({ concurrency, onJob }) => ({
      start: () =>
        boss.work(
          NAME,
          { batchSize: batchSize ?? concurrency, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 },
          async (jobs) => {
            for (const job of jobs) onJob(job.data);
          },
        ),
      stop: () => boss.offWork(NAME),
    }),
    async close() {
      await pool.end();
      await boss.stop({ graceful: false });
    },
  };
}
