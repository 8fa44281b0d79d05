/** What servers and workers ask PostgreSQL when there is nothing to do. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startServers } from "./postgres-http.mjs";
import { postgresRow } from "./postgres-row.mjs";

const SPLIT = new URL("../adapters/openjobs-split.mjs", import.meta.url).href;
const SERVERS = 3;
const WORKERS = 10;

/** The first line of a statement in the log. */
const STATEMENT = /^.*LOG: +(?:statement|execute [^:]*): /gm;

export const postgresIdleRow = postgresRow(
  {
    ...{ name: "idle", title: "3 idle servers and 10 idle workers", group: "Idle, over HTTP, PostgreSQL" },
    ...{ main: "queries", targets: [{ of: "queries", atMost: 10 }] },
  },
  async (bench, _, engine) => {
    await logStatements(engine);
    const servers = await startServers(bench, engine, SERVERS);
    const urls = Array.from({ length: WORKERS }, (_, index) => servers[index % SERVERS].url);
    let measured;
    await bench.task(
      { adapter: SPLIT, task: "idle", env: { dist: bench.dist, urls }, params: {} },
      {
        onMessage: ({ type }, worker) => {
          if (type === "idle") measured = measure(bench.sizes, engine, worker);
        },
      },
    );
    for (const server of servers) await server.stop();
    return measured;
  },
);

/** The log has each statement at once; the database's own counters lag behind, and only know transactions. */
async function logStatements(engine) {
  const client = await engine.connection();
  await client.query("ALTER DATABASE bench SET log_statement = 'all'");
  await client.end();
}

async function measure({ settleSeconds, idleSeconds }, engine, worker) {
  await sleep(settleSeconds * 1_000);
  worker.send({ type: "from" });
  const before = statements(engine);
  await sleep(idleSeconds * 1_000);
  const queries = (statements(engine) - before) / idleSeconds;
  worker.send({ type: "to" });
  return { queries };
}

function statements({ log }) {
  const found = readFileSync(log, "utf8").match(STATEMENT)?.length ?? 0;
  if (found === 0) throw new Error("PostgreSQL's log has no statements, not even those of the servers' start.");
  return found;
}
