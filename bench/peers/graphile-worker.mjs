/** graphile-worker as its page on performance sets it up: a local queue, completions in batches. It deletes what is done. */
import { Logger, makeWorkerUtils, run, runMigrations } from "graphile-worker";
import pg from "pg";

const TASK = "bench";

/** Else it writes a line for each job. */
process.env.NO_LOG_SUCCESS = "1";
const logger = new Logger(() => () => undefined);

/** @param env.postgres `{ url }` of an empty database. */
export async function open({ postgres }) {
  const connectionString = postgres.url;
  await runMigrations({ connectionString, logger });
  const utils = await makeWorkerUtils({ connectionString, maxPoolSize: 10, logger });
  const pool = new pg.Pool({ connectionString, max: 1 });
  const number = async (text) => Number((await pool.query(text)).rows[0].n);
  const waiting = () => number("SELECT count(*) AS n FROM graphile_worker._private_jobs");
  return {
    add: (args) => utils.addJob(TASK, args),
    addBatch: (list) => utils.addJobs(list.map((payload) => ({ identifier: TASK, payload }))),
    waiting,
    // Ids are given out one by one, and only done jobs are gone.
    completed: async () =>
      (await number(
        "SELECT coalesce(max(last_value), 0) AS n FROM pg_sequences WHERE schemaname = 'graphile_worker' AND sequencename LIKE '%jobs_id_seq%'",
      )) - (await waiting()),
    requests: () => ({}),
    worker: (options) => graphileWorker(connectionString, options),
    async close() {
      await pool.end();
      await utils.release();
    },
  };
}

function graphileWorker(connectionString, { concurrency, onJob }) {
  let runner;
  const worker = {
    connectionString,
    concurrentJobs: concurrency,
    maxPoolSize: concurrency + 1,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  };
  return {
    async start() {
      runner = await run({
        preset: { worker },
        logger,
        noHandleSignals: true,
        taskList: { [TASK]: async (payload) => onJob(payload) },
      });
    },
    stop: () => runner.stop(),
  };
}
