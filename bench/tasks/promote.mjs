/** Very many jobs that are due in the same moment: how fast they become available, and how long nobody else gets a turn. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { BATCH } from "../sizes.mjs";
import { startClockNow } from "./clock.mjs";
import { batchOf } from "./enqueue.mjs";
import { expectEqual } from "./verify.mjs";

const POLL_MS = 20;

/** Less than this before the moment, so that what came before is over and nothing of it is measured. */
const READY_MS = 200;

/** Schedules `params.count` jobs for one moment, `params.leadMs` from now, and waits until all are available. */
export async function promote({ open, env, params: { count, leadMs } }) {
  const subject = await open(env);
  const at = Date.now() + leadMs;
  const scheduledAt = new Date(at);
  for (let n = 0; n < count; n += BATCH)
    await subject.addBatch(batchOf(n, Math.min(BATCH, count - n)), { scheduledAt });
  expectEqual("scheduled jobs", (await subject.counts()).scheduled, count);
  if (Date.now() > at - READY_MS) throw new Error("the jobs were due before all of them were there");
  await sleep(at - READY_MS / 2 - Date.now());
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  await sleep(at - Date.now());
  const stop = startClockNow();
  while ((await subject.counts()).available < count) await sleep(POLL_MS);
  const result = stop(count);
  loop.disable();
  expectEqual("scheduled jobs that are left", (await subject.counts()).scheduled, 0);
  await subject.close();
  return { ...result, pause: loop.max / 1e6 };
}
