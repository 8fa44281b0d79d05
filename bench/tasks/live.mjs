/** Live events: many who wait for the ends of jobs, and many who want to see everything. */
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { BATCH, CONCURRENCY } from "../sizes.mjs";
import { startClock } from "./clock.mjs";
import { argsOf } from "./payload.mjs";
import { expectEqual } from "./verify.mjs";

const PACE_MS = 10;

/**
 * Waits for the ends of `params.jobs` jobs on `params.connections` streams while a worker runs them. The server has to tell
 * each end, once, and to end each stream by itself.
 */
export async function awaitEnds({ open, env, params: { jobs, connections } }) {
  const subject = await open(env);
  const ids = await add(subject, jobs);
  const ends = new Map(ids.map((id) => [id, 0]));
  const share = Math.ceil(jobs / connections);
  const streams = await Promise.all(
    Array.from({ length: connections }, (_, index) => {
      const channels = ids.slice(index * share, (index + 1) * share).map((id) => `job:${id}`);
      return listen(env.url, `channel=${channels.join()}&types=job.state_changed`);
    }),
  );
  const stop = await startClock();
  const worker = subject.worker({ concurrency: CONCURRENCY, onJob: () => undefined });
  await worker.start();
  for (const text of await Promise.all(streams.map(textOf))) {
    for (const [, id] of text.matchAll(/"job_id":"([^"]+)"[^\n]*"to":"completed"/g))
      ends.set(id, (ends.get(id) ?? 0) + 1);
  }
  const result = stop(jobs);
  await worker.stop();
  expectEqual("ends that were told once", [...ends.values()].filter((times) => times === 1).length, jobs);
  await subject.close();
  return result;
}

/** Sends `params.perSecond` events a second to `params.readers` streams, and counts what arrives. */
export async function fanOut({ open, env, params: { readers, perSecond, seconds } }) {
  const subject = await open(env);
  const counts = new Array(readers).fill(0);
  const streams = await Promise.all(counts.map(() => listen(env.url, "channel=all&types=job.enqueued")));
  streams.forEach((stream, index) => {
    stream.on("data", (bytes) => {
      counts[index] += framesIn(bytes);
    });
  });
  const total = perSecond * seconds;
  const batch = (perSecond * PACE_MS) / 1_000;
  const stop = await startClock();
  const from = performance.now();
  for (let sent = 0; sent < total; sent += batch) {
    await subject.addBatch(Array.from({ length: batch }, (_, n) => argsOf(sent + n)));
    const ahead = from + ((sent + batch) / perSecond) * 1_000 - performance.now();
    if (ahead > 1) await sleep(ahead);
  }
  while (counts.some((count) => count < total)) await sleep(PACE_MS);
  const result = stop(total);
  for (const count of counts) expectEqual("events that arrived", count, total);
  for (const stream of streams) stream.destroy();
  await subject.close();
  return result;
}

async function add(subject, count) {
  const ids = [];
  for (let first = 0; first < count; first += BATCH) {
    const size = Math.min(BATCH, count - first);
    const jobs = await subject.addBatch(Array.from({ length: size }, (_, n) => argsOf(first + n)));
    ids.push(...jobs.map(({ id }) => id));
  }
  return ids;
}

function listen(url, query) {
  return new Promise((resolve, reject) => {
    const request = get(`${url}/ojs/v1/events/stream?${query}`, { agent: false }, (response) => {
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`A stream was refused with ${response.statusCode}.`));
    });
    request.on("error", reject);
  });
}

async function textOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

/** Each event has one line that begins so; no chunk of the server ends within an event's name. */
function framesIn(bytes) {
  let count = 0;
  for (let at = bytes.indexOf("\nevent: "); at !== -1; at = bytes.indexOf("\nevent: ", at + 8)) count += 1;
  return count;
}
