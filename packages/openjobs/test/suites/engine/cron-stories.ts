/** Two engines on one store, owners, workers, clocks that are set and crashes: the promises about cron jobs hold. */
import { expect } from "vitest";
import type { OverlapPolicy } from "../../../src/core/cron.ts";
import { OjsError } from "../../../src/core/errors.ts";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { type EngineBench, fetchRequest } from "./bench.ts";
import { aCron, openJobs } from "./cron-bench.ts";
import { type CronMoment, type CronStep, cronStories, ENGINES } from "./cron-story-steps.ts";
import { CronWitness } from "./cron-witness.ts";
import { Ledger } from "./ledger.ts";
import { Servers } from "./servers.ts";
import { storiesOf, type TellStories } from "./stories.ts";

/** Refusals that a request may meet when others were faster, or when its engine was killed under it. */
const EXPECTED = new Set(["conflict", "not_found", "backend_error"]);

/** Stories of cron jobs. */
export const tellCronStories: TellStories = storiesOf("cron stories", cronStories, (bench, { moments }) =>
  new CronRun(bench).play(moments),
);

class CronRun {
  readonly #bench: EngineBench;
  readonly #witness: CronWitness;
  readonly #ledger: Ledger;
  readonly #servers: Servers;
  /** What workers believe that they hold. */
  readonly #held: JobRecord[] = [];

  constructor(bench: EngineBench) {
    this.#bench = bench;
    this.#witness = new CronWitness(bench.store);
    this.#ledger = new Ledger(bench.store);
    const watched = bench.watched(async (group, outcome) => {
      await this.#witness.observe(group);
      await this.#ledger.observe(group, outcome);
    });
    this.#servers = new Servers(bench, watched);
  }

  async play(moments: readonly CronMoment[]): Promise<void> {
    try {
      await this.#servers.start(ENGINES);
      for (const moment of moments) await this.#playMoment(moment);
      await this.#endEverything();
      this.#check();
    } finally {
      await this.#servers.close();
    }
  }

  async #playMoment(moment: CronMoment): Promise<void> {
    this.#bench.clock.jump(moment.jumpMs);
    const played = this.#servers.play(moment.steps, (step) => this.#expectedly(step), moment);
    // What was seen says more than what came of it.
    await played.finally(() => this.#check());
  }

  #check(): void {
    this.#witness.check();
    this.#ledger.check();
  }

  async #expectedly(step: CronStep): Promise<void> {
    try {
      await this.#do(step, this.#servers.engine(step.engine));
    } catch (error) {
      if (!(error instanceof OjsError) || !EXPECTED.has(error.code)) throw error;
    }
  }

  async #do(step: CronStep, engine: Engine): Promise<void> {
    switch (step.kind) {
      case "register":
        await engine.registerCron(registrationOf(step.policy, step.expression));
        return;
      case "enable":
      case "disable":
        await engine.changeCron(nameOf(step.policy), { enabled: step.kind === "enable", expressionField: "cron" });
        return;
      case "remove":
        await engine.removeCron(nameOf(step.policy));
        return;
      case "trigger":
        await engine.triggerCron(nameOf(step.policy));
        return;
      case "fetch":
        this.#held.push(...(await engine.fetch(fetchRequest({ count: step.count, visibilityMs: 60_000 }))));
        return;
      default:
        await this.#finish(step.kind, step.pick, engine);
    }
  }

  async #finish(kind: "ack" | "nack" | "discard" | "cancel", pick: number, engine: Engine): Promise<void> {
    const job = this.#held[pick % Math.max(1, this.#held.length)];
    if (job === undefined) return;
    const outcome = { jobId: job.id, fence: { lease: job.lease } };
    const failure = readFailure({ type: "broken", message: "no", retryable: kind !== "discard" });
    if (kind === "cancel") await engine.cancel(job.id);
    else if (kind === "ack") await engine.ack({ ...outcome, result: null });
    else await engine.nack({ ...outcome, failure, requeue: false });
  }

  /** Without schedules every job comes to its turn and ends: none is left waiting for one that is gone. */
  async #endEverything(): Promise<void> {
    await this.#servers.restart();
    const engine = this.#servers.engine(0);
    const { items } = await engine.listCrons({}, { limit: 50 });
    for (const { name } of items) await engine.removeCron(name);
    for (let round = 0; round < 400; round += 1) {
      const jobs = await engine.fetch(fetchRequest({ count: 100 }));
      for (const { id, lease } of jobs) await engine.ack({ jobId: id, fence: { lease }, result: null });
      if (jobs.length === 0 && !(await this.#isAnyOpen())) break;
      await this.#bench.advance(jobs.length === 0 ? 10_000 : 0);
    }
    expect(await this.#isAnyOpen()).toBe(false);
    await this.#bench.advance(60_000);
    expect((await this.#bench.store.records.list("cron-line", {}, { limit: 50 })).items).toEqual([]);
  }

  async #isAnyOpen(): Promise<boolean> {
    const policies: readonly OverlapPolicy[] = ["skip", "allow", "cancel_previous", "enqueue"];
    const open = await Promise.all(policies.map((policy) => openJobs(this.#bench.store, nameOf(policy))));
    return open.flat().length > 0;
  }
}

function nameOf(policy: OverlapPolicy): string {
  return policy.replace("_", "-");
}

function registrationOf(policy: OverlapPolicy, expression: string): ReturnType<typeof aCron> {
  const options = { queue: "email", retry: { max_attempts: 2, initial_interval: "PT1S", jitter: false } };
  return aCron({ name: nameOf(policy), cron: expression, overlap_policy: policy, options });
}
