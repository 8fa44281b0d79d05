/** What a server and a worker cost when there is nothing to do. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
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
  {
    name: "idle-cron",
    title: "idle server with 10,000 cron jobs",
    group: "Idle, over HTTP, SQLite FULL",
    main: "idleServer",
    targets: [{ of: "idleServer", atMost: 1 }],
    run: runWithCrons,
  },
];

/** Registrations in flight. */
const AT_ONCE = 100;

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

/** None of the cron jobs is due before the next leap day, but the server has to know when each of them is. */
async function runWithCrons(bench) {
  const server = await bench.ojsServer(`sqlite:${join(bench.folder, "jobs.db")}`);
  await register(bench, server.url);
  const { settleSeconds, idleSeconds } = bench.sizes;
  await sleep(settleSeconds * 1_000);
  const before = cpuMicros(server.pid);
  await sleep(idleSeconds * 1_000);
  const sample = { idleServer: shareOf(server.pid, before, idleSeconds), rssServer: memoryMb(server.pid)?.now };
  await server.stop();
  return sample;
}

async function register({ dist, sizes }, url) {
  const { OjsClient } = await import(pathToFileURL(join(dist, "index.js")).href);
  const client = new OjsClient({ url });
  for (let first = 0; first < sizes.crons; first += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, sizes.crons - first) }, (_, index) => first + index);
    await Promise.all(
      numbers.map((number) => {
        const cron = `${number % 60} ${number % 24} 29 2 *`;
        return client.registerCronJob({ name: `cron-${number}`, cron, timezone: "Europe/Berlin", type: "bench.idle" });
      }),
    );
  }
  await client.close();
}

/** Percent of one core. */
function shareOf(pid, before, seconds) {
  return (cpuMicros(pid) - before) / (seconds * 1e4);
}

async function measure({ settleSeconds, idleSeconds }, server, worker) {
  await sleep(settleSeconds * 1_000);
  worker.send({ type: "from" });
  const from = [cpuMicros(server), cpuMicros(worker.pid)];
  await sleep(idleSeconds * 1_000);
  const idleServer = shareOf(server, from[0], idleSeconds);
  const idleClient = shareOf(worker.pid, from[1], idleSeconds);
  const sample = { idleServer, idleClient, rssServer: memoryMb(server)?.now, rssClient: memoryMb(worker.pid)?.now };
  worker.send({ type: "to" });
  return sample;
}
