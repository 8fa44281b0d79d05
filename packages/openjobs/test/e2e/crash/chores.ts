/**
 * What servers do by themselves beside the workload: a cron job that fires every second, and workflows with a callback. At the
 * end each slot and each callback must have made exactly one job, which is a matter of counting.
 */
import { setTimeout as delay } from "node:timers/promises";
import { NoAnswer, RawOjs, type Wire } from "../../support/raw-ojs.ts";
import { JOB_STATES, type Violation } from "./checker.ts";
import type { Random } from "./random.ts";

const CRON = "crash-tick";
const CRON_QUEUE = "crash-cron";
const STEPS = "crash-steps";
const CALLBACKS = "crash-callbacks";

/** A lease that was lost in a crash must not hold up the end of the test. */
const LEASE_MS = 1_000;

/** How long the last workflows may take to end once nobody crashes any more. */
const PATIENCE_MS = 30_000;

/** The chores of all rounds over one store. */
export class Chores {
  #startedAt: number | undefined;

  /** Registers the cron job, if it is not there. */
  async prepare(url: string): Promise<void> {
    using raw = new RawOjs(url);
    this.#startedAt ??= Date.now();
    const options = { queue: CRON_QUEUE };
    await raw.send("POST", "/cron", {
      name: CRON,
      cron: "@every 1s",
      type: "tick",
      args: [],
      overlap_policy: "allow",
      options,
    });
  }

  /** Creates workflows and works on them, at whichever server is there, until everything is over. */
  async work(urls: readonly string[], random: Random, isOver: () => boolean): Promise<void> {
    const raws = urls.map((url) => new RawOjs(url, {}, 4));
    while (!isOver()) {
      const raw = random.pick(raws);
      await bearing(() => (random.chance(0.3) ? createBatch(raw, random) : workOn(raw, random)));
      await delay(10);
    }
    for (const raw of raws) raw.close();
  }

  /** Ends everything, and counts. */
  async check(url: string): Promise<readonly Violation[]> {
    using raw = new RawOjs(url, {}, 4);
    const until = Date.now() + PATIENCE_MS;
    while ((await countWorkflows(raw, "running")) > 0) {
      if (Date.now() > until)
        return [{ rule: "stuck-workflow", says: `${await countWorkflows(raw, "running")} run on` }];
      await workOn(raw, undefined);
    }
    return [...(await this.#checkCron(raw)), ...(await checkCallbacks(raw))];
  }

  async #checkCron(raw: RawOjs): Promise<readonly Violation[]> {
    const { body } = await raw.send("POST", `/cron/${CRON}/disable`);
    const runs: number = body.run_count ?? body.cron.run_count;
    const jobs = await jobsEverIn(raw, CRON_QUEUE);
    const slots = Math.floor((Date.now() - (this.#startedAt ?? 0)) / 1_000) + 1;
    const found: Violation[] = [];
    if (runs !== jobs) found.push({ rule: "cron-slot", says: `${runs} runs have made ${jobs} jobs` });
    if (runs > slots) found.push({ rule: "cron-slot", says: `${runs} runs in ${slots} slots` });
    if (runs === 0) found.push({ rule: "cron-slot", says: "it has never fired" });
    return found;
  }
}

async function checkCallbacks(raw: RawOjs): Promise<readonly Violation[]> {
  const ended = await countWorkflows(raw);
  const callbacks = await jobsEverIn(raw, CALLBACKS);
  return ended === callbacks ? [] : [{ rule: "callback", says: `${ended} workflows have made ${callbacks} callbacks` }];
}

async function createBatch(raw: RawOjs, random: Random): Promise<void> {
  const jobs = Array.from({ length: random.between(1, 3) }, () => stepIn(STEPS));
  await raw.send("POST", "/workflows", { type: "batch", jobs, callbacks: { on_complete: stepIn(CALLBACKS) } });
}

function stepIn(queue: string): object {
  return {
    type: "step",
    args: [],
    options: { queue, retry: { max_attempts: 20, initial_interval: "PT0.1S", jitter: false } },
  };
}

/** Takes a few jobs; without chance all of them succeed. */
async function workOn(raw: RawOjs, random: Random | undefined): Promise<void> {
  const wanted = { queues: [STEPS, CALLBACKS], count: 5, worker_id: "chores", visibility_timeout_ms: LEASE_MS };
  const { status, body } = await raw.fetch(wanted);
  if (status !== 200) return;
  if (body.jobs.length === 0) await delay(50);
  for (const { id, lease } of body.jobs as Wire[]) {
    const isFailure = random?.chance(0.1) ?? false;
    const error = { code: "planned_failure", message: "a chore", retryable: true };
    await (isFailure ? raw.nack({ job_id: id, lease, error }) : raw.ack({ job_id: id, lease, result: null }));
  }
}

async function countWorkflows(raw: RawOjs, state?: string): Promise<number> {
  const { body } = await raw.send("GET", `/workflows?limit=1${state === undefined ? "" : `&state=${state}`}`);
  return body.pagination.total;
}

async function jobsEverIn(raw: RawOjs, queue: string): Promise<number> {
  const { status, body } = await raw.send("GET", `/queues/${queue}/stats`);
  return status === 404 ? 0 : JOB_STATES.reduce((sum, name) => sum + body.stats[name], 0);
}

async function bearing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
  }
}
