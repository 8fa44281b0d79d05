/** What a server and a worker cost when there is nothing to do. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicros, memoryMb } from "../proc.mjs";

export const idleRows = [
  {
    name: "idle",
    title: "idle server and idle worker",
    group: "Idle, over HTTP, SQLite FULL",
    main: "idleServer",
    targets: [
      { of: "idleServer", atMost: 0.5 },
      { of: "idleClient", atMost: 0.5 },
    ],
    run,
  },
];

async function run(bench) {
  const server = await bench.ojsServer(`sqlite:${join(bench.folder, "jobs.db")}`);
  let measured;
  const order = { task: "idle", env: { dist: bench.dist, url: server.url }, params: {} };
  const { calls } = await bench.task(order, {
    onMessage: ({ type }, worker) => {
      if (type === "idle") measured = measure(bench.sizes, server.pid, worker);
    },
  });
  const sample = await measured;
  await server.stop();
  return { ...sample, calls: Object.fromEntries(calls) };
}

/** Percent of one core. */
async function measure({ settleSeconds, idleSeconds }, server, worker) {
  await sleep(settleSeconds * 1_000);
  worker.send({ type: "from" });
  const from = [cpuMicros(server), cpuMicros(worker.pid)];
  await sleep(idleSeconds * 1_000);
  const share = (pid, before) => (cpuMicros(pid) - before) / (idleSeconds * 1e4);
  const [idleServer, idleClient] = [share(server, from[0]), share(worker.pid, from[1])];
  const sample = { idleServer, idleClient, rssServer: memoryMb(server)?.now, rssClient: memoryMb(worker.pid)?.now };
  worker.send({ type: "to" });
  return sample;
}
