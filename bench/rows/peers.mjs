/** Rows of other job systems, through the same tasks as ours. */
import { join } from "node:path";
import { startPostgres, startRedis } from "../peers/engines.mjs";
import { latencySample } from "./embedded.mjs";
import { listenAndPing } from "./http.mjs";
import { sample } from "./sample.mjs";

const redis = (appendonly) => (folder) => startRedis(folder, { appendonly });

const PEERS = {
  "raw-redis": { title: "Raw Redis", adapter: "raw-redis", engine: redis(false), bare: true },
  "raw-redis-aof": { title: "Raw Redis with AOF", adapter: "raw-redis", engine: redis(true), bare: true },
  "raw-postgres": { title: "Raw PostgreSQL", adapter: "raw-postgres", engine: startPostgres, bare: true },
  bullmq: {
    title: "BullMQ on Redis, which loses all with the power",
    adapter: "bullmq",
    engine: redis(false),
    raw: "raw-redis",
  },
  "bullmq-aof": {
    title: "BullMQ on Redis with AOF, which loses up to a second",
    adapter: "bullmq",
    engine: redis(true),
    raw: "raw-redis-aof",
  },
  "pg-boss": { title: "pg-boss on PostgreSQL", adapter: "pg-boss", engine: startPostgres, raw: "raw-postgres" },
  "pg-boss-b1000": {
    title: "pg-boss on PostgreSQL, tuned: batches of 1,000",
    adapter: "pg-boss",
    engine: startPostgres,
    raw: "raw-postgres",
    env: { batchSize: 1_000 },
    only: ["drain"],
  },
  "graphile-worker": {
    title: "graphile-worker on PostgreSQL",
    adapter: "graphile-worker",
    engine: startPostgres,
    raw: "raw-postgres",
  },
};

const WAYS = {
  "enqueue-seq": {
    way: "sequential",
    title: "enqueue, one after the other",
    count: ({ peerSequential }) => peerSequential,
  },
  "enqueue-50": { way: "concurrent", title: "enqueue, 50 in flight", count: countConcurrent },
  "enqueue-batch": { way: "batches", title: "enqueue, batches of 1,000", count: ({ batches }) => batches * 1_000 },
};

export const peerRows = Object.keys(PEERS).flatMap((peer) =>
  rowsOf(peer).filter(({ name }) => PEERS[peer].only?.some((kind) => name === `${peer}-${kind}`) ?? true),
);

function rowsOf(peer) {
  return [
    ...Object.entries(WAYS).map(([name, { way, title, count }]) =>
      rowOf(peer, { name, title, main: "rate" }, async (bench, order, engine) => {
        const params = { way, count: count(bench.sizes, peer) };
        return sample(await bench.task({ ...order, task: "enqueue", params }, { servers: [engine.pid] }));
      }),
    ),
    rowOf(peer, { name: "drain", title: "drain, 50 at a time", main: "rate" }, async (bench, order, engine) => {
      const { drain: count, warmUp } = bench.sizes;
      await bench.task({ ...order, task: "fill", params: { count: count + warmUp } });
      return sample(
        await bench.task({ ...order, task: "drain", params: { count, warmUp } }, { servers: [engine.pid] }),
      );
    }),
    // A raw worker does not wait for work.
    ...(PEERS[peer].bare ? [] : [pickupRow(peer)]),
  ];
}

function pickupRow(peer) {
  return rowOf(peer, { name: "pickup", title: "pickup on an idle queue", main: "p50" }, async (bench, order) => {
    const { latencies } = await listenAndPing(bench, { ...order, params: { count: bench.sizes.pickups } });
    return latencySample(latencies);
  });
}

/** Those on PostgreSQL do about a thousand a second, however many are in flight. */
function countConcurrent({ peerSequential, concurrent }, peer) {
  return PEERS[peer].engine === startPostgres ? peerSequential : concurrent;
}

/** An engine of its own for each row: none pays for the files that another has left. */
function rowOf(peer, row, measure) {
  const { title, adapter, engine: startEngine, bare, raw, env } = PEERS[peer];
  return {
    ...row,
    name: `${peer}-${row.name}`,
    group: title,
    ...(bare ? {} : { peer: true }),
    ...(raw === undefined || row.main !== "rate" ? {} : { raw: `${raw}-${row.name}` }),
    run: async (bench) => {
      const engine = await startEngine(join(bench.folder, "engine"));
      try {
        await engine.reset();
        const order = {
          adapter: new URL(`../peers/${adapter}.mjs`, import.meta.url).href,
          env: { ...engine.env, ...env },
        };
        return await measure(bench, order, engine);
      } finally {
        await engine.stop();
      }
    },
  };
}
