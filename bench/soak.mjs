/**
 * A long run under a steady load: does anything grow, does anything get slower?
 *
 *   npm run soak -- --minutes 30 --rate 1000 --keep 60s --out FOLDER
 *
 * `--nice=-15` (as root) keeps the run ahead of other work on the machine. `ojs serve` on SQLite (FULL), a producer and a worker, each a process of its own. A sample every five seconds; at the
 * end every job must have been run exactly once. Writes soak.json and soak.svg, and fails when a job was lost or doubled.
 */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { OjsClient } from "openjobs";
import { machine } from "./soak/machine.mjs";
import { plot } from "./soak/plot.mjs";
import { Sampler } from "./soak/sampler.mjs";
import { verdict } from "./soak/verdict.mjs";

const SAMPLE_MS = 5_000;
const QUEUE = "soak";
const GRACE_MS = 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    rate: { type: "string", default: "1000" },
    keep: { type: "string", default: "60s" },
    concurrency: { type: "string", default: "50" },
    out: { type: "string", default: join(tmpdir(), "ojs-soak") },
    nice: { type: "string" },
    /** Compiled package to serve from; the workspace's own unless given. */
    cli: { type: "string", default: local("../packages/openjobs/dist/cli/main.js") },
  },
});
const options = {
  minutes: Number(values.minutes),
  rate: Number(values.rate),
  concurrency: Number(values.concurrency),
  keep: values.keep,
  ...(values.nice === undefined ? {} : { nice: Number(values.nice) }),
};
if (options.nice !== undefined) setPriority(options.nice); // the processes below inherit it
mkdirSync(values.out, { recursive: true });

const folder = mkdtempSync(join(tmpdir(), "ojs-soak-"));
const children = [];
try {
  const result = await soak();
  writeFileSync(join(values.out, "soak.json"), `${JSON.stringify(result)}\n`);
  writeFileSync(join(values.out, "soak.svg"), plot(result));
  console.log(JSON.stringify(result.verdict, null, 2));
  console.log(`written to ${values.out}`);
  process.exitCode = result.verdict.ok ? 0 : 1;
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

async function soak() {
  const file = join(folder, "jobs.db");
  const about = machine();
  const server = await startServer(file);
  const jobs = Math.round(options.minutes * 60 * options.rate);
  const worker = task("worker", { url: server.url, queue: QUEUE, jobs, concurrency: options.concurrency });
  await worker.heard("ready");
  const producer = task("producer", { url: server.url, queue: QUEUE, jobs, rate: options.rate });
  const pids = { server: server.pid, worker: worker.pid, producer: producer.pid };
  const client = new OjsClient({ url: server.url, coalesce: false });
  const sampling = sampleUntil(producer.heard("done"), { pids, file, url: server.url, worker, producer });
  const sent = await producer.heard("done");
  const samples = await sampling;
  const counters = await settled(server.url, sent.accepted);
  worker.send("stop");
  const ran = await worker.heard("done");
  const looks = await lookAt(sent.samples, client);
  await client.close();
  const log = await server.stop();
  const result = {
    options,
    machine: about,
    samples,
    sent: { ...sent, samples: sent.samples.length },
    ran,
    counters,
    looks,
    log,
  };
  return { ...result, verdict: verdict(result) };
}

async function sampleUntil(end, { pids, file, url, worker, producer }) {
  let over = false;
  void end.then(() => {
    over = true;
  });
  const samples = [];
  const sampler = new Sampler(pids, file);
  const start = performance.now();
  for (let at = SAMPLE_MS; !over; at += SAMPLE_MS) {
    await delay(Math.max(0, at - (performance.now() - start)));
    if (over) break;
    const stats = await statsOf(url);
    samples.push({
      seconds: Math.round((performance.now() - start) / 1_000),
      ...sampler.take(),
      pickup_ms: worker.window,
      in_flight: producer.window?.open ?? null,
      depth: stats.depth,
      active: stats.active,
      finished: stats.completed,
    });
    // A run that is interrupted leaves what it saw.
    if (samples.length % 12 === 0)
      writeFileSync(join(values.out, "samples.json"), JSON.stringify({ options, machine: machine(), samples }));
  }
  return samples;
}

/** The server's own counters when nothing is left to do. */
async function settled(url, accepted) {
  const end = performance.now() + GRACE_MS;
  for (;;) {
    const stats = await statsOf(url);
    if (stats.completed_last_hour >= accepted || performance.now() > end) return stats;
    await delay(250);
  }
}

async function statsOf(url) {
  const response = await fetch(`${url}/ojs/v1/queues/${QUEUE}/stats`);
  return response.ok ? (await response.json()).stats : {};
}

/** Jobs of the last seconds are there, completed in one attempt; those whose time is over are not. */
async function lookAt(samples, client) {
  const looks = { completed: 0, gone: 0, other: [] };
  for (const { id } of samples) {
    const job = await client.getJob(id).catch((error) => ({ state: error.code }));
    if (job.state === "completed" && job.attempt === 1) looks.completed += 1;
    else if (job.state === "not_found") looks.gone += 1;
    else looks.other.push({ id, state: job.state, attempt: job.attempt });
  }
  return looks;
}

async function startServer(file) {
  const args = [values.cli, "serve", "--port", "0", "--storage", `sqlite:${file}`, "--retain-completed", options.keep];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const problems = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (!line.includes('"severity":"INFO"') && problems.length < 100) problems.push(line);
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return {
    pid: child.pid,
    url: String(line).replace("listening on ", ""),
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
      return problems;
    },
  };
}

/** A child with its messages: `heard(name)` resolves with the message of that name, `window` is the latest one. */
function task(name, order) {
  const child = fork(local(`./soak/${name}.mjs`), [], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  children.push(child);
  const messages = new Map();
  const heard = (key) => {
    if (!messages.has(key)) messages.set(key, Promise.withResolvers?.() ?? withResolvers());
    return messages.get(key);
  };
  const handle = {
    pid: child.pid,
    window: null,
    send: (message) => child.send(message),
    heard: (key) => heard(key).promise,
  };
  child.on("message", (message) => {
    for (const [key, value] of Object.entries(message)) {
      if (key === "window") handle.window = value;
      else heard(key).resolve(value);
    }
  });
  child.once("exit", (code) => {
    for (const { reject } of messages.values()) reject(new Error(`The ${name} ended with ${code}.`));
  });
  child.send(order);
  return handle;
}

/** Promise.withResolvers is younger than the Node that we support. */
function withResolvers() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function local(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
