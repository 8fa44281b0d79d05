/** Rows over HTTP: `ojs serve`, producer and worker are processes of their own. */
import { join } from "node:path";
import { PREFETCH } from "../sizes.mjs";
import { latencySample } from "./embedded.mjs";
import { sample } from "./sample.mjs";

const PLAIN_CLIENT = { coalesce: false };
const PLAIN_WORKER = { exchange: false };

const STORES = {
  memory: { prefix: "http-memory", title: "memory", location: () => "memory:" },
  sqlite: { prefix: "http", title: "SQLite FULL", location: (folder) => `sqlite:${join(folder, "jobs.db")}` },
};

export const httpRows = Object.keys(STORES).flatMap((store) => [
  enqueueRow(store, "sequential", {
    name: "enqueue-seq",
    title: "enqueue, one after the other",
    raw: "echo-seq",
    client: PLAIN_CLIENT,
    count: ({ sequential }) => sequential,
  }),
  enqueueRow(store, "concurrent", {
    name: "enqueue-50",
    title: "enqueue, 50 in flight, a request per job",
    raw: "echo-50",
    client: PLAIN_CLIENT,
    count: ({ concurrent }) => concurrent,
    targets: [
      { atLeast: 0.5, times: { row: "echo-50" } },
      { of: "serverCpu", atMost: 2.2, times: { row: "echo-50" } },
    ],
  }),
  enqueueRow(store, "concurrent", {
    name: "enqueue-coalesced",
    title: "enqueue, 50 in flight, coalesced by the client",
    raw: "echo-50",
    client: { coalesce: true },
    count: ({ concurrent }) => concurrent,
    missing: ({ requestsPerJob }) => (requestsPerJob > 0.9 ? "the client does not coalesce" : undefined),
    targets: [
      { atLeast: 1.5, times: { row: "http-enqueue-50" } },
      { atLeast: 30_000 },
      { of: "clientCpu", atMost: 0.25, times: { row: "http-enqueue-50" } },
    ],
  }),
  enqueueRow(store, "batches", {
    name: "enqueue-batch",
    title: "enqueue, batches of 1,000",
    raw: "echo-batch",
    client: PLAIN_CLIENT,
    count: ({ batches }) => batches * 1_000,
  }),
  drainRow(store, {
    name: "drain",
    title: "drain, 50 at a time, plain fetch and ack",
    raw: "echo-50",
    worker: PLAIN_WORKER,
    targets: [{ atLeast: 10_000 }],
  }),
  drainRow(store, {
    name: "drain-exchange",
    title: "drain, 50 at a time, exchange",
    raw: "raw-claim-50",
    worker: {},
    missing: ({ calls }) => (calls?.["/ojs/v1/workers/exchange"] > 0 ? undefined : "the worker does not exchange"),
    targets: [{ atLeast: 30_000 }, { of: "requestsPerJob", atMost: 0.05 }],
  }),
  drainRow(store, {
    name: "drain-prefetch",
    title: `drain, 50 at a time, exchange, ${PREFETCH} held ready`,
    raw: "raw-claim-50",
    worker: { prefetch: PREFETCH },
  }),
  pickupRow(store),
]);

function enqueueRow(store, way, { client, count, missing, ...row }) {
  return rowOf(store, { ...row, main: "rate" }, async (bench, server) => {
    const env = { dist: bench.dist, url: server.url, client };
    const order = { task: "enqueue", env, params: { way, count: count(bench.sizes) } };
    return unless(missing, sample(await bench.task(order, { servers: [server.pid] }), server));
  });
}

function drainRow(store, { worker, missing, ...row }) {
  return rowOf(store, { ...row, main: "rate" }, async (bench, server) => {
    const { drain: count, warmUp } = bench.sizes;
    const env = { dist: bench.dist, url: server.url, worker };
    await bench.task({ task: "fill", env, params: { count: count + warmUp } });
    const order = { task: "drain", env, params: { count, warmUp } };
    return unless(missing, sample(await bench.task(order, { servers: [server.pid] }), server));
  });
}

function pickupRow(store) {
  const targets = [
    { of: "p50", atMost: 2.5 },
    { of: "p99", atMost: 8 },
  ];
  const row = { name: "pickup", title: "pickup on an idle queue", main: "p50", targets };
  return rowOf(store, row, async (bench, server) => {
    const env = { dist: bench.dist, url: server.url };
    const params = { count: bench.sizes.pickups };
    return latencySample((await listenAndPing(bench, { env, params })).latencies);
  });
}

/** A worker in one process, a producer in another, which begins when the worker listens. */
export async function listenAndPing(bench, order) {
  let produce;
  const production = new Promise((resolve, reject) => {
    produce = () => bench.task({ ...order, task: "produceForListener" }).then(resolve, reject);
  });
  const onMessage = ({ type }) => {
    if (type === "listening") void produce();
  };
  const [result] = await Promise.all([bench.task({ ...order, task: "listen" }, { onMessage }), production]);
  return result;
}

function rowOf(store, { targets, ...row }, measure) {
  const { prefix, title, location } = STORES[store];
  return {
    ...row,
    name: `${prefix}-${row.name}`,
    group: `Over HTTP, ${title}`,
    ...(store === "sqlite" ? { targets } : {}),
    run: async (bench) => {
      const server = await bench.ojsServer(location(bench.folder));
      const result = await measure(bench, server);
      await server.stop();
      return result;
    },
  };
}

function unless(missing, result) {
  const reason = missing?.(result);
  return reason === undefined ? result : { absent: reason };
}
