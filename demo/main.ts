/**
 * `npm run demo -- [FOLDER]`: a server, a producer and two workers do real work, and one worker is killed half-way.
 *
 * One job per file of the folder (default: this repository). A few jobs fail on purpose, so that retries and the dead
 * letter queue are seen; the jobs of the killed worker are finished by the other one.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Job, OjsClient } from "openjobs";
import { INSPECT, type InspectRequest, QUEUE, type WorkerOrder } from "./jobs.ts";
import { listFiles } from "./list-files.ts";
import { startServer, startWorker, stop } from "./processes.ts";
import { createProgressBar } from "./progress-bar.ts";
import { type Report, renderReport, summarise } from "./report.ts";

/** Every so many files, a job's first attempt fails. */
const FLAKY_EVERY = 40;
const MISSING_FILES = ["no-such-file-1", "no-such-file-2"];
const BATCH = 500;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: "string" } } });
const folder = resolve(positionals[0] ?? ".");
const report = await demonstrate(folder);
console.log(renderReport(report));
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(report));

async function demonstrate(target: string): Promise<Report> {
  const scratch = mkdtempSync(join(tmpdir(), "ojs-demo-"));
  const server = await startServer(join(scratch, "jobs.db"));
  console.log(`server    ${server.url}, jobs in ${join(scratch, "jobs.db")}`);
  const workers = await Promise.all([startWorker(server.url), startWorker(server.url)]);
  console.log(`workers   processes ${workers.map((worker) => worker.pid).join(" and ")}`);
  await using client = new OjsClient({ url: server.url });
  try {
    return await runJobs(client, requestsFor(target), workers);
  } finally {
    await Promise.all(workers.map((worker) => stop(worker)));
    await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function requestsFor(target: string): InspectRequest[] {
  const files = listFiles(target).map((path, index) => ({
    path,
    failures: index % FLAKY_EVERY === 1 ? 1 : 0,
  }));
  const missing = MISSING_FILES.map((name) => ({ path: join(target, name) }));
  console.log(
    `producer  one job for each of ${files.length} files of ${target}, ${missing.length} for files that do not exist`,
  );
  return [...missing, ...files];
}

async function runJobs(
  client: OjsClient,
  requests: readonly InspectRequest[],
  workers: readonly ChildProcess[],
): Promise<Report> {
  const started = performance.now();
  const ids = await enqueueAll(client, requests);
  await watch(client, ids.length, workers[1]);
  const elapsed = performance.now() - started;
  const jobs = await collect(client, ids);
  const { deadLetters } = await client.getQueueStats(QUEUE);
  return summarise(jobs, deadLetters, elapsed);
}

async function enqueueAll(client: OjsClient, requests: readonly InspectRequest[]): Promise<string[]> {
  const ids: string[] = [];
  const options = {
    queue: QUEUE,
    retry: { maxAttempts: 3, initialInterval: "200ms", onExhaustion: "dead_letter" },
  } as const;
  for (let at = 0; at < requests.length; at += BATCH) {
    const batch = requests.slice(at, at + BATCH).map((request) => ({ type: INSPECT, args: request, options }));
    ids.push(...(await client.enqueueBatch(batch)).map((job) => job.id));
  }
  return ids;
}

/** Draws progress until every job has ended; half-way, one worker loses its life in the middle of a job. */
async function watch(client: OjsClient, total: number, victim: ChildProcess | undefined): Promise<void> {
  const bar = createProgressBar();
  let alive = victim;
  for (;;) {
    const { counts } = await client.getQueueStats(QUEUE);
    const done = counts.completed + counts.discarded;
    const waiting = `${counts.active} running, ${counts.retryable} waiting for a retry`;
    bar.draw(done, total, alive === undefined ? `${waiting}, one worker killed` : waiting);
    if (done === total) return bar.end();
    if (alive !== undefined && done >= total / 2) {
      await killInTheMiddle(alive);
      alive = undefined;
    }
    await delay(50);
  }
}

/** Lets the worker run into a job and kills it there; if no job comes its way any more, it is killed idle. */
async function killInTheMiddle(worker: ChildProcess): Promise<void> {
  const order: WorkerOrder = "get-stuck";
  worker.send(order);
  await Promise.race([once(worker, "message"), delay(1_000)]);
  await stop(worker, "SIGKILL");
}

async function collect(client: OjsClient, ids: readonly string[]): Promise<Job[]> {
  const jobs: Job[] = [];
  for (let at = 0; at < ids.length; at += BATCH) {
    jobs.push(...(await Promise.all(ids.slice(at, at + BATCH).map((id) => client.getJob(id)))));
  }
  return jobs;
}
