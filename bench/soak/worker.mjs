/**
 * Runs the jobs and does nothing in them but look at the clock. Counts every job by its number, so that one that runs
 * twice or never is noticed.
 *
 * Parent says `{ url, queue, jobs, concurrency }`, later `"stop"`; hears `{ ready }`, `{ window }` every five seconds and
 * `{ done }` at the end.
 */
import { OjsWorker } from "openjobs";
import { Histogram } from "./histogram.mjs";

const WINDOW_MS = 5_000;

process.once("message", (order) => void run(order));

async function run({ url, queue, jobs, concurrency }) {
  const runs = new Uint8Array(jobs);
  const all = new Histogram();
  let window = new Histogram();
  const worker = new OjsWorker({ url, queues: [queue], concurrency, handleSignals: false });
  worker.register("soak.tick", (job) => {
    const late = Math.max(0, performance.timeOrigin + performance.now() - Number(job.arg("at")));
    window.add(late);
    all.add(late);
    const number = Number(job.arg("n"));
    if (runs[number] < 255) runs[number] += 1;
  });
  await worker.start();
  process.send({ ready: true });
  setInterval(() => {
    process.send({ window: window.summary() });
    window = new Histogram();
  }, WINDOW_MS).unref();
  process.once("message", async () => {
    await worker.stop();
    const of = (test) => runs.reduce((sum, count) => sum + (test(count) ? 1 : 0), 0);
    process.send({
      done: { latency: all.summary(), once: of((n) => n === 1), never: of((n) => n === 0), more: of((n) => n > 1) },
    });
    process.disconnect();
  });
}
