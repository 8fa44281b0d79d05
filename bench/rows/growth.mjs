/** Rows with very many jobs in the store. */
import { join } from "node:path";
import { sample } from "./sample.mjs";

const GROUP = "Growth, SQLite FULL";

/** Sizes are named by what a full run has; the smoke run has fewer. */
export const growthRows = [
  drainRow("growth-0", "drain of an empty store", undefined),
  drainRow("growth-100k", "drain beside 100,000 finished jobs", {
    state: "completed",
    size: ({ finished }) => finished[0],
  }),
  drainRow(
    "growth-500k",
    "drain beside 500,000 finished jobs",
    { state: "completed", size: ({ finished }) => finished[1] },
    [{ atLeast: 0.9, times: { row: "growth-0" } }],
  ),
  drainRow("growth-1m", "drain with 1,000,000 jobs waiting", { state: "available", size: ({ waiting }) => waiting }),
  {
    name: "http-1m",
    title: "`ojs serve` with 1,000,000 jobs waiting: drain of 20,000",
    group: GROUP,
    main: "rate",
    targets: [{ of: "rssServer", atMost: 150 }],
    run: drainOverHttp,
  },
];

function drainRow(name, title, old, targets = []) {
  return {
    name,
    title,
    group: GROUP,
    main: "rate",
    targets,
    ...(old === undefined ? {} : { raw: "growth-0" }),
    run: async (bench) => {
      const file = join(bench.folder, "jobs.db");
      if (old !== undefined) await bench.seeded(file, { state: old.state, count: old.size(bench.sizes) });
      const { drain: count, warmUp } = bench.sizes;
      const some = old?.state === "available";
      const params = { count, warmUp, fill: !some };
      return sample(await bench.task({ task: some ? "drainSome" : "drain", env: envOf(bench, file), params }));
    },
  };
}

function envOf({ dist }, file) {
  return { dist, storage: { file } };
}

async function drainOverHttp(bench) {
  const file = join(bench.folder, "jobs.db");
  const { drain: count, warmUp, waiting } = bench.sizes;
  await bench.seeded(file, { state: "available", count: waiting });
  const server = await bench.ojsServer(`sqlite:${file}`);
  const env = { dist: bench.dist, url: server.url };
  const order = { task: "drainSome", env, params: { count, warmUp } };
  const result = sample(await bench.task(order, { servers: [server.pid] }), server);
  await server.stop();
  return result;
}
