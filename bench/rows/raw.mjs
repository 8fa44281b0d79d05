/** Raw limits: what SQLite and node:http can do at best, measured next to the rows that they bound. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BATCH, CONCURRENCY } from "../sizes.mjs";
import { sample } from "./sample.mjs";

const ECHO_SERVER = fileURLToPath(new URL("../echo-server.mjs", import.meta.url));

export const rawRows = [
  insertRow("raw-commit-1", "a row per commit", 1, ({ sequential }) => sequential),
  insertRow("raw-commit-50", "50 rows per commit", CONCURRENCY, ({ concurrent }) => concurrent),
  insertRow("raw-commit-1000", "1,000 rows per commit", BATCH, ({ batches }) => batches * BATCH),
  sqliteRow("raw-claim-50", "claim + complete in fifties, two commits", "rawClaim", ({ drain, warmUp }) => ({
    count: drain,
    warmUp,
  })),
  echoRow("echo-seq", "1 in flight", { lanes: 1, size: 1 }, ({ sequential }) => sequential),
  echoRow("echo-50", "50 in flight", { lanes: CONCURRENCY, size: 1 }, ({ concurrent }) => concurrent),
  echoRow("echo-batch", "1,000 jobs a request", { lanes: 1, size: BATCH }, ({ batches }) => batches * BATCH),
];

function insertRow(name, title, size, countOf) {
  return sqliteRow(name, title, "rawInsert", (sizes) => ({ size, count: countOf(sizes) }));
}

function sqliteRow(name, title, task, paramsOf) {
  const run = async ({ dist, folder, sizes, task: runTask }) => {
    const order = { task, env: { dist, file: join(folder, "raw.db") }, params: paramsOf(sizes) };
    return sample(await runTask(order));
  };
  return { name, title, group: "Raw SQLite FULL, same table and indexes", main: "rate", run };
}

function echoRow(name, title, shape, countOf) {
  const run = async (bench) => {
    const server = await bench.server(ECHO_SERVER, []);
    const params = { ...shape, count: countOf(bench.sizes) };
    const order = { task: "echoJobs", env: { dist: bench.dist, url: server.url }, params };
    const result = sample(await bench.task(order, { servers: [server.pid] }), server);
    await server.stop();
    return result;
  };
  return { name, title, group: "Raw node:http, JSON echo with our client's transport", main: "rate", run };
}
