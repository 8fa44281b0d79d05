/** Rows of jobs that all become due at once. */
import { join } from "node:path";
import { sample } from "./sample.mjs";

const STORES = {
  memory: { title: "memory", storage: () => ({ memory: true }) },
  sqlite: { title: "SQLite FULL", storage: (folder) => ({ file: join(folder, "jobs.db") }) },
};

/** `pause` is the longest time in which the event loop did not turn, in milliseconds. */
export const dueRows = Object.entries(STORES).map(([name, { title, storage }]) => ({
  name: `due-${name}`,
  title: `100,000 scheduled jobs due in one second, ${title}`,
  group: "Due work, in process",
  main: "rate",
  targets: [{ of: "pause", atMost: 50 }],
  run: async ({ task, dist, folder, sizes }) => {
    const order = { task: "promote", env: { dist, storage: storage(folder) }, params: sizes.due };
    const result = await task(order);
    return { ...sample(result), pause: result.pause };
  },
}));
