/** Enqueuing: how many jobs a second, in three ways to call. */
import { BATCH, CONCURRENCY } from "../sizes.mjs";
import { startClock } from "./clock.mjs";
import { argsOf } from "./payload.mjs";
import { expectEqual } from "./verify.mjs";

const WAYS = {
  sequential: async (subject, from, count) => {
    for (let n = from; n < from + count; n++) await subject.add(argsOf(n));
  },
  concurrent: async (subject, from, count) => {
    let n = from;
    const lane = async () => {
      while (n < from + count) await subject.add(argsOf(n++));
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  },
  batches: async (subject, from, count) => {
    for (let n = from; n < from + count; n += BATCH)
      await subject.addBatch(batchOf(n, Math.min(BATCH, from + count - n)));
  },
};

/** Enqueues `params.count` jobs in one of the {@link WAYS}, after some to warm up. */
export async function enqueue({ open, env, params: { way, count } }) {
  const subject = await open(env);
  const before = await subject.waiting();
  const unit = way === "batches" ? BATCH : 1;
  const warmUp = Math.ceil(count / 5 / unit) * unit;
  await WAYS[way](subject, 0, warmUp);
  const requestsBefore = subject.requests();
  const stop = await startClock();
  await WAYS[way](subject, warmUp, count);
  const result = stop(count);
  const calls = difference(requestsBefore, subject.requests());
  expectEqual("waiting jobs", await subject.waiting(), before + warmUp + count);
  await subject.close();
  return { ...result, ...calls };
}

/** Puts jobs there for others to take. */
export async function fill({ open, env, params: { count } }) {
  const subject = await open(env);
  await fillQueue(subject, count);
  await subject.close();
  return {};
}

export async function fillQueue(subject, count) {
  const before = await subject.waiting();
  await WAYS.batches(subject, 0, count);
  expectEqual("waiting jobs", await subject.waiting(), before + count);
}

/** Requests by path since `before`. */
export function difference(before, after) {
  const calls = {};
  let requests = 0;
  for (const [path, count] of Object.entries(after)) {
    const made = count - (before[path] ?? 0);
    if (made === 0) continue;
    calls[path] = made;
    requests += made;
  }
  return { calls, requests };
}

export function batchOf(from, size) {
  return Array.from({ length: size }, (_, index) => argsOf(from + index));
}
