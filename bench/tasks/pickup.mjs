/** Pickup: from before the enqueue call to the first line of the handler, on a queue with nothing else in it. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { CONCURRENCY } from "../sizes.mjs";
import { sharedNow, startClock } from "./clock.mjs";

const WARM_UP = 20;

/** Time for a worker to be parked in its fetch. */
const SETTLE_MS = 300;

/** Producer and worker in one process. */
export async function pickup({ open, env, params: { count } }) {
  const subject = await open(env);
  const { worker, arrivals } = listener(subject, WARM_UP + count);
  await worker.start();
  await sleep(SETTLE_MS);
  const stop = await startClock();
  await ping(subject, WARM_UP + count);
  const latencies = (await arrivals).slice(WARM_UP);
  const { rate: _, ...result } = stop(count);
  await worker.stop();
  await subject.close();
  return { ...result, latencies };
}

/** The worker's process: tells its parent when it listens, and measures what comes. */
export async function listen({ open, env, params: { count } }) {
  const subject = await open(env);
  const { worker, arrivals } = listener(subject, WARM_UP + count);
  await worker.start();
  await sleep(SETTLE_MS);
  process.send({ type: "listening" });
  const latencies = (await arrivals).slice(WARM_UP);
  await worker.stop();
  await subject.close();
  return { latencies, rssClient: process.memoryUsage.rss() / 2 ** 20 };
}

/** The producer's process. */
export async function produceForListener({ open, env, params: { count } }) {
  const subject = await open(env);
  await ping(subject, WARM_UP + count);
  await subject.close();
  return {};
}

/** A worker with nothing to do; ends when it is told to, and says how many requests it made meanwhile. */
export async function idle({ open, env }) {
  const subject = await open(env);
  const worker = subject.worker({ concurrency: CONCURRENCY, onJob: () => undefined });
  await worker.start();
  process.send({ type: "idle" });
  await once(process, "message");
  const before = { ...subject.requests() };
  await once(process, "message");
  const after = subject.requests();
  await worker.stop({ grace: 0 });
  await subject.close();
  return { calls: Object.entries(after).map(([path, count]) => [path, count - (before[path] ?? 0)]) };
}

function listener(subject, expected) {
  const latencies = [];
  let allArrived;
  const arrivals = new Promise((resolve) => {
    allArrived = resolve;
  });
  const onJob = ({ at }) => {
    latencies.push(sharedNow() - at);
    if (latencies.length === expected) allArrived(latencies);
  };
  return { worker: subject.worker({ concurrency: CONCURRENCY, onJob }), arrivals };
}

async function ping(subject, count) {
  for (let n = 0; n < count; n++) {
    // Long enough for the queue to be idle again, and at a random phase of whatever polls.
    await sleep(8 + Math.random() * 15);
    await subject.add({ n, to: "user@example.com", at: sharedNow() });
  }
}
