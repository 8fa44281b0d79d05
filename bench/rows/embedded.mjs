/** Rows of the embedded server: everything in one process. */
import { join } from "node:path";
import { PREFETCH } from "../sizes.mjs";
import { percentile } from "../stats.mjs";
import { sample } from "./sample.mjs";

const STORES = {
  memory: { title: "memory", storage: () => ({ memory: true }) },
  sqlite: { title: "SQLite FULL", storage: (folder) => ({ file: join(folder, "jobs.db") }) },
};

const PICKUP_TARGET = { of: "p50", atMost: 0.5 };

const WAYS = {
  sequential: { name: "enqueue-seq", title: "enqueue, one after the other", raw: "raw-commit-1" },
  concurrent: {
    name: "enqueue-50",
    title: "enqueue, 50 in flight",
    raw: "raw-commit-50",
    targets: [{ atLeast: 0.4, times: { row: "raw-commit-50" } }, { atLeast: 25_000 }],
  },
  batches: {
    name: "enqueue-batch",
    title: "enqueue, batches of 1,000",
    raw: "raw-commit-1000",
    targets: [{ atLeast: 0.35, times: { row: "raw-commit-1000" } }],
  },
};

const DRAIN = {
  name: "drain",
  title: "drain, 50 at a time",
  targets: [{ atLeast: 0.35, times: { row: "raw-claim-50" } }, { atLeast: 15_000 }],
};

const DRAIN_READY = {
  name: "drain-prefetch",
  title: `drain, 50 at a time, ${PREFETCH} held ready`,
  worker: { prefetch: PREFETCH },
};

export const embeddedRows = Object.keys(STORES).flatMap((store) => [
  ...Object.keys(WAYS).map((way) => enqueueRow(store, way)),
  drainRow(store, DRAIN),
  drainRow(store, DRAIN_READY),
  pickupRow(store),
]);

function enqueueRow(store, way) {
  const { name, title, raw, targets } = WAYS[way];
  return rowOf(store, { name, title, main: "rate", raw, targets }, async (bench, env) => {
    const order = { task: "enqueue", env, params: { way, count: countOf(bench, store, way) } };
    return sample(await bench.task(order));
  });
}

function drainRow(store, { worker = {}, ...row }) {
  return rowOf(store, { ...row, main: "rate", raw: "raw-claim-50" }, async (bench, env) => {
    const { drain: count, warmUp } = bench.sizes;
    return sample(await bench.task({ task: "drain", env: { ...env, worker }, params: { count, warmUp, fill: true } }));
  });
}

function pickupRow(store) {
  const row = { name: "pickup", title: "pickup on an idle queue", main: "p50", targets: [PICKUP_TARGET] };
  return rowOf(store, row, async (bench, env) => {
    const { latencies } = await bench.task({ task: "pickup", env, params: { count: bench.sizes.pickups } });
    return latencySample(latencies);
  });
}

/** Only SQLite has raw limits and targets: memory is what remains when the store costs nothing. */
function rowOf(store, { raw, targets, ...row }, measure) {
  const { title, storage } = STORES[store];
  const durable = store === "sqlite";
  return {
    ...row,
    name: `${store}-${row.name}`,
    group: `In process, ${title}`,
    ...(durable ? { raw, targets } : {}),
    run: (bench) => measure(bench, { dist: bench.dist, storage: storage(bench.folder) }),
  };
}

function countOf({ sizes }, store, way) {
  if (way === "batches") return sizes.batches * 1_000;
  if (way === "concurrent") return sizes.concurrent;
  return store === "memory" ? sizes.sequentialMemory : sizes.sequential;
}

/** Milliseconds. */
export function latencySample(latencies) {
  return { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95), p99: percentile(latencies, 0.99) };
}
