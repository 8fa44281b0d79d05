/** Rows of the embedded server on PostgreSQL, beside the peers that use it: an engine of its own for each row, with its defaults. */
import { PREFETCH } from "../sizes.mjs";
import { latencySample } from "./embedded.mjs";
import { postgresRow } from "./postgres-row.mjs";
import { sample } from "./sample.mjs";

const GROUP = "In process, PostgreSQL";

const ENQUEUES = [
  {
    ...{ name: "enqueue-seq", title: "enqueue, one after the other", way: "sequential" },
    count: ({ peerSequential }) => peerSequential,
  },
  {
    ...{ name: "enqueue-50", title: "enqueue, 50 in flight", way: "concurrent" },
    count: ({ concurrent }) => concurrent,
    targets: [{ atLeast: 5, times: { row: "graphile-worker-enqueue-50" } }],
  },
  {
    ...{ name: "enqueue-batch", title: "enqueue, batches of 1,000", way: "batches" },
    count: ({ batches }) => batches * 1_000,
    targets: [{ atLeast: 0.6, times: { row: "raw-postgres-enqueue-batch" } }, { atLeast: 40_000 }],
  },
];

export const postgresRows = [
  ...ENQUEUES.map(({ way, count, ...row }) =>
    postgresRow({ ...row, group: GROUP, main: "rate", raw: `raw-postgres-${row.name}` }, async (bench, env, engine) => {
      const order = { task: "enqueue", env, params: { way, count: count(bench.sizes) } };
      return sample(await bench.task(order, { servers: [engine.pid] }));
    }),
  ),
  drainRow({ name: "drain", title: "drain, 50 at a time" }),
  drainRow(
    {
      ...{ name: "drain-prefetch", title: `drain, 50 at a time, ${PREFETCH} held ready` },
      targets: [
        { atLeast: 0.6, times: { row: "graphile-worker-drain" } },
        { atLeast: 1.2, times: { row: "pg-boss-b1000-drain" } },
      ],
    },
    { prefetch: PREFETCH },
  ),
  postgresRow(
    {
      ...{ name: "pickup", title: "pickup on an idle queue", group: GROUP, main: "p50" },
      targets: [
        { of: "p50", atMost: 4 },
        { of: "p99", atMost: 12 },
      ],
    },
    async (bench, env) => {
      const { latencies } = await bench.task({ task: "pickup", env, params: { count: bench.sizes.pickups } });
      return latencySample(latencies);
    },
  ),
];

function drainRow(row, worker = {}) {
  const place = { group: GROUP, main: "rate", raw: "raw-postgres-drain" };
  return postgresRow({ ...row, ...place }, async (bench, env, engine) => {
    const { drain: count, warmUp } = bench.sizes;
    const order = { task: "drain", env: { ...env, worker }, params: { count, warmUp, fill: true } };
    return sample(await bench.task(order, { servers: [engine.pid] }));
  });
}
