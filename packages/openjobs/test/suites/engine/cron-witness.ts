/**
 * Watches the store of a story about cron jobs: after every commit each job has its slot, each slot its one job, no more
 * jobs are open than the overlap policy allows, and whoever is first in a line does not wait.
 */
import { expect } from "vitest";
import type { CronJob, OverlapPolicy } from "../../../src/core/cron.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import type { Group, Storage } from "../../../src/storage/storage.ts";
import { Violations } from "./violations.ts";

/** How many jobs of a cron job may be open, apart from those that wait in line. */
const MOST: Readonly<Record<OverlapPolicy, number>> = {
  skip: 1,
  cancel_previous: 1,
  enqueue: 1,
  allow: Number.POSITIVE_INFINITY,
};

export class CronWitness {
  readonly #storage: Storage;
  /** Jobs that were offered to the store, by cron job; those that are there must have a run. */
  readonly #offered = new Map<string, string>();
  /** Jobs that runs have told of. */
  readonly #told = new Set<string>();
  readonly #slots = new Set<string>();
  readonly #last = new Map<string, CronJob>();
  readonly #replans = new Map<string, number>();
  readonly #violations = new Violations();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** After a commit. What is wrong is kept for `check`. */
  observe(group: Group): Promise<void> {
    return this.#violations.of(this.#observe(group));
  }

  /** Throws what was wrong with a commit. */
  check(): void {
    this.#violations.check();
  }

  async #observe(group: Group): Promise<void> {
    for (const effect of group.units.flatMap(({ effects }) => effects)) {
      if (effect.kind === "insert" && effect.job.cron !== null) this.#offered.set(effect.job.id, effect.job.cron);
    }
    const { items } = await this.#storage.records.list("cron", {}, { limit: 50 });
    const crons = items.map(({ body }) => JSON.parse(body) as CronJob);
    for (const cron of crons) await this.#look(cron);
    const there = new Set(crons.map(({ name }) => name));
    for (const name of this.#last.keys()) if (!there.has(name)) this.#last.delete(name);
    await this.#checkJobs();
    for (const cron of crons) await this.#checkOverlap(cron);
    for (const name of new Set(this.#offered.values())) await this.#checkLine(name);
  }

  /** Every new run of a schedule is a slot of its own. */
  async #look(cron: CronJob): Promise<void> {
    const before = this.#last.get(cron.name);
    this.#last.set(cron.name, cron);
    if (before === undefined || isReplanned(before, cron)) this.#count(cron.name);
    const known = new Set(before?.runs.map((run) => JSON.stringify(run)));
    for (const run of cron.runs.filter((one) => !known.has(JSON.stringify(one)))) {
      if (run.jobId === null || this.#told.has(run.jobId)) continue;
      this.#told.add(run.jobId);
      const slot = `${cron.name} plan ${this.#replans.get(cron.name)} at ${run.scheduledAt}`;
      if (!run.manual) expect(this.#slots.has(slot), `${slot} fired twice`).toBe(false);
      if (!run.manual) this.#slots.add(slot);
      const [job] = await this.#storage.jobs.get([run.jobId]);
      expect(job?.cron, `${slot} has no job`).toBe(cron.name);
    }
  }

  async #checkJobs(): Promise<void> {
    const jobs = await this.#storage.jobs.get([...this.#offered.keys()]);
    const untold = jobs.filter((job) => job !== undefined && !this.#told.has(job.id));
    expect(untold.map((job) => `${job?.cron} made ${job?.id} without a slot`)).toEqual([]);
  }

  async #checkOverlap({ name, overlapPolicy }: CronJob): Promise<void> {
    const open = await this.#storage.jobs.openOfCron(name, 1_000);
    const running = overlapPolicy === "enqueue" ? open.filter(isReleased) : open;
    expect(running.length, `open jobs of ${name}`).toBeLessThanOrEqual(MOST[overlapPolicy]);
  }

  /** At no moment does a run wait when there is nothing to wait for, also after its cron job is gone. */
  async #checkLine(name: string): Promise<void> {
    const open = await this.#storage.jobs.openOfCron(name, 1_000);
    if (open.length > 0) expect(open.map(({ state }) => state)[0], `first in line of ${name}`).not.toBe("pending");
  }

  #count(name: string): void {
    this.#replans.set(name, (this.#replans.get(name) ?? 0) + 1);
  }
}

/** Whether somebody has given it another schedule, or switched it on: then the clock may have been put back before. */
function isReplanned(before: CronJob, after: CronJob): boolean {
  return (
    before.anchorAt !== after.anchorAt || before.enabled !== after.enabled || before.expression !== after.expression
  );
}

function isReleased({ state }: JobRecord): boolean {
  return state !== "pending";
}
