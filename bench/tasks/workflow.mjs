/** One workflow: from the call that creates it to the moment when the store says that it is completed. */
import { setTimeout as sleep } from "node:timers/promises";
import { startClock } from "./clock.mjs";
import { argsOf } from "./payload.mjs";
import { expectEqual, Ledger } from "./verify.mjs";

const WORKERS = 4;
const CONCURRENCY = 13;
const POLL_MS = 2;

const FORMS = {
  batch: (subject, steps) => subject.batch(steps.slice(0, -1), steps.at(-1)),
  chain: (subject, steps) => subject.chain(steps),
};

/** Runs a workflow of `params.count` jobs, of which a batch's last one is its callback, after one to warm up. */
export async function workflow({ open, env, params: { form, count, warmUp } }) {
  const subject = await open(env);
  const run = new Run(subject, FORMS[form]);
  await run.start();
  await run.verify(await run.complete(warmUp));
  const stop = await startClock();
  const id = await run.complete(count);
  const result = stop(count);
  await run.verify(id);
  await run.stop();
  expectEqual("completed jobs", await subject.completed(), warmUp + count);
  await subject.close();
  return result;
}

class Run {
  #subject;
  #form;
  #ledger;
  #last;
  #workers;

  constructor(subject, form) {
    this.#subject = subject;
    this.#form = form;
    const onJob = ({ n }) => this.#onJob(n);
    this.#workers = Array.from({ length: WORKERS }, () => subject.worker({ concurrency: CONCURRENCY, onJob }));
  }

  async start() {
    for (const worker of this.#workers) await worker.start();
  }

  /** Creates a workflow and waits until the store has the last completion, in whose commit the workflow ends. */
  async complete(count) {
    const before = await this.#subject.completed();
    this.#ledger = new Ledger(count);
    const done = new Promise((resolve) => {
      this.#last = resolve;
    });
    const steps = Array.from({ length: count }, (_, n) => argsOf(n));
    const id = await this.#form(this.#subject, steps);
    await done;
    while ((await this.#subject.completed()) < before + count) await sleep(POLL_MS);
    return id;
  }

  /** Each of its jobs must have run once. */
  async verify(id) {
    expectEqual("state of the workflow", await this.#subject.workflowState(id), "completed");
    this.#ledger.check();
  }

  async stop() {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  #onJob(n) {
    this.#ledger.note(n);
    if (this.#ledger.isFull) this.#last();
  }
}
