/** Files with very many jobs in them, made by copying one that went the normal way. */
import { load, open as openSubject } from "../adapters/openjobs.mjs";
import { argsOf } from "./payload.mjs";

/**
 * Makes the file `env.file` with `params.count` jobs in `params.state`, `available` or `completed`. With a policy
 * `params.unique` each of them has a fingerprint of its own.
 */
export async function seed({ env: { dist, file }, params: { count, state, unique } }) {
  await makeOne({ dist, storage: { file }, unique }, state);
  const { loadLibrary } = await load(dist, "storage/sqlite/adapter.js");
  const connection = loadLibrary().open(file);
  try {
    copyOne(connection, state, count - 1);
  } finally {
    connection.close();
  }
  return {};
}

/** One job that went the normal way. */
export async function makeOne(env, state) {
  const subject = await openSubject(env);
  // None of those that a row enqueues.
  await subject.add(argsOf(-1));
  if (state === "completed") {
    const done = new Promise((resolve) => {
      const worker = subject.worker({ concurrency: 1, onJob: () => resolve(worker) });
      void worker.start();
    });
    await (await done).stop();
  }
  await subject.close();
}

function copyOne(connection, state, copies) {
  const columns = connection.prepare("SELECT name FROM pragma_table_info('jobs') ORDER BY cid").all([]);
  connection.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN");
  connection.exec("CREATE TEMP TABLE pattern AS SELECT * FROM jobs");
  connection.exec(`
    WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < ${copies})
    INSERT INTO jobs (${columns.join(", ")}) SELECT ${columns.map(copied).join(", ")} FROM copy, pattern`);
  connection.exec(`UPDATE queues SET ${state} = ${state} + ${copies}`);
  connection.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
}

/** In the order of time, as the ids of real jobs are, and before those that come later. */
function copied(column) {
  if (column === "seq") return "seq + n";
  // All over the index, as hashes are.
  if (column === "fingerprint") return "CASE WHEN fingerprint IS NOT NULL THEN lower(hex(randomblob(32))) END";
  return column === "id" ? "'019539a4-b68c-7def-8000-' || printf('%012x', n)" : column;
}
