/** What a uniqueness policy costs: the same work with and without one, in a store that is full of unique jobs. */
import { join } from "node:path";
import { sample } from "./sample.mjs";

const POLICY = { keys: ["type", "args"] };
const PLAIN = "sqlite-enqueue-1m";

export const uniqueRows = [
  enqueueRow({ name: PLAIN, title: "enqueue beside 1,000,000 unique jobs, 50 in flight" }, undefined),
  enqueueRow(
    {
      name: "sqlite-enqueue-unique",
      title: "the same with a policy that looks for others",
      raw: PLAIN,
      targets: [{ atLeast: 0.6, times: { row: PLAIN } }],
    },
    POLICY,
  ),
];

function enqueueRow(row, unique) {
  return {
    ...row,
    group: "Growth, SQLite FULL",
    main: "rate",
    run: async (bench) => {
      const file = join(bench.folder, "jobs.db");
      await bench.seeded(file, { state: "available", count: bench.sizes.waiting, unique: POLICY });
      const env = { dist: bench.dist, storage: { file }, unique };
      const params = { way: "concurrent", count: bench.sizes.concurrent };
      return sample(await bench.task({ task: "enqueue", env, params }));
    },
  };
}
