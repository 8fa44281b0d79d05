/** Rows of `ojs serve` on PostgreSQL: servers and workers are processes of their own, and finished jobs stay. */
import { PREFETCH } from "../sizes.mjs";
import { postgresRow } from "./postgres-row.mjs";
import { sample } from "./sample.mjs";

const GROUP = "Over HTTP, PostgreSQL";
const SPLIT = new URL("../adapters/openjobs-split.mjs", import.meta.url).href;

const DRAINS = [
  { atLeast: 0.35, times: { row: "graphile-worker-drain" } },
  { atLeast: 1.5, times: { row: "pg-boss-drain" } },
];

export const postgresHttpRows = [
  drainRow(
    { name: "http-drain", title: "drain, 50 at a time, plain fetch and ack", raw: "echo-50" },
    { servers: 1, worker: { exchange: false } },
  ),
  drainRow(
    { name: "http-drain-exchange", title: "drain, 50 at a time, exchange", raw: "raw-postgres-drain" },
    { servers: 1 },
  ),
  drainRow(
    {
      ...{ name: "http-drain-prefetch", title: `drain, 50 at a time, exchange, ${PREFETCH} held ready` },
      ...{ raw: "raw-postgres-drain", targets: DRAINS },
    },
    { servers: 1, worker: { prefetch: PREFETCH } },
  ),
  drainRow({ name: "one-server", title: "two workers, 25 at a time each, one server" }, { servers: 1, workers: 2 }),
  drainRow(
    {
      ...{ name: "two-servers", title: "the same workers, a server for each", raw: "postgres-one-server" },
      targets: [
        { atLeast: 0.95, times: { row: "postgres-one-server" } },
        { of: "cpu", atMost: 1.15, times: { row: "postgres-one-server" } },
      ],
    },
    { servers: 2, workers: 2 },
  ),
];

function drainRow(row, { servers: number, workers = 1, worker = {} }) {
  return postgresRow({ ...row, group: GROUP, main: "rate" }, async (bench, _, engine) => {
    const servers = await startServers(bench, engine, number);
    const urls = Array.from({ length: workers }, (_, index) => servers[index % number].url);
    const { drain: count, warmUp } = bench.sizes;
    const order = { adapter: SPLIT, env: { dist: bench.dist, urls, worker } };
    await bench.task({ ...order, task: "fill", params: { count: count + warmUp } });
    const pids = [engine.pid, ...servers.map(({ pid }) => pid)];
    const drained = await bench.task({ ...order, task: "drain", params: { count, warmUp } }, { servers: pids });
    const result = sample(drained, servers[0]);
    for (const server of servers) await server.stop();
    return { ...result, cpu: result.clientCpu + result.serverCpu };
  });
}

/** One after the other: the first brings the database to its schema. */
export async function startServers(bench, engine, number) {
  const servers = [];
  while (servers.length < number) servers.push(await bench.ojsServer(engine.env.postgres.url));
  return servers;
}
