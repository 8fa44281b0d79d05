/** Draining: from the moment when the warm-up jobs have run to the last acknowledgement that the store has. */
import { setTimeout as sleep } from "node:timers/promises";
import { CONCURRENCY } from "../sizes.mjs";
import { startClockNow } from "./clock.mjs";
import { difference, fillQueue } from "./enqueue.mjs";
import { expectEqual, Ledger } from "./verify.mjs";

const POLL_MS = 2;

/**
 * Runs `params.warmUp + params.count` waiting jobs.
 *
 * @param params.fill Whether to put them there first: an embedded store is filled by the process that drains it.
 */
export async function drain({ open, env, params }) {
  const subject = await open(env);
  const { warmUp, count } = params;
  if (params.fill) await fillQueue(subject, warmUp + count);
  const before = await subject.completed();
  const run = new Run(subject, params);
  await run.worker.start();
  const result = await run.finished(async () => (await subject.completed()) - before);
  run.ledger.check();
  await run.worker.stop();
  expectEqual("completed jobs", (await subject.completed()) - before, warmUp + count);
  await subject.close();
  return result;
}

class Run {
  #subject;
  #params;
  #stop;
  #callsBefore;
  #handled;
  #allHandled;

  constructor(subject, params) {
    this.#subject = subject;
    this.#params = params;
    this.ledger = new Ledger(params.warmUp + params.count);
    this.#allHandled = new Promise((resolve) => {
      this.#handled = resolve;
    });
    this.worker = subject.worker({ concurrency: CONCURRENCY, onJob: (args) => this.#onJob(args) });
  }

  #onJob({ n }) {
    this.ledger.note(n);
    const { handled } = this.ledger;
    const { warmUp, count } = this.#params;
    if (handled === warmUp) this.#begin();
    if (handled === warmUp + count) this.#handled();
  }

  #begin() {
    this.#callsBefore = { ...this.#subject.requests() };
    this.#stop = startClockNow();
  }

  /** Looks into the store only when all handlers have run, so that looking takes no time from them. */
  async finished(completed) {
    await this.#allHandled;
    const calls = difference(this.#callsBefore, this.#subject.requests());
    const { warmUp, count } = this.#params;
    while ((await completed()) < warmUp + count) await sleep(POLL_MS);
    return { ...this.#stop(count), ...calls };
  }
}

/** Drains a part of what is there. What the worker takes beyond that it finishes too, and the store must have all of it. */
export async function drainSome({ open, env, params: { warmUp, count } }) {
  const subject = await open(env);
  const before = await subject.completed();
  let handled = 0;
  let stop;
  let worker;
  const result = await new Promise((resolve, reject) => {
    const onJob = () => {
      handled += 1;
      if (handled === warmUp) stop = startClockNow();
      if (handled === warmUp + count) resolve(stop(count));
    };
    worker = subject.worker({ concurrency: CONCURRENCY, onJob });
    worker.start().catch(reject);
  });
  await worker.stop();
  expectEqual("completed jobs", (await subject.completed()) - before, handled);
  await subject.close();
  return result;
}
