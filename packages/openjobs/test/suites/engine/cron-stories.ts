/** Two engines on one store, owners, workers, clocks that are set and crashes: the promises about cron jobs hold. */
import fc from "fast-check";
import { expect } from "vitest";
import type { OverlapPolicy } from "../../../src/core/cron.ts";
import { OjsError } from "../../../src/core/errors.ts";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import { CrashingStorage } from "../../support/crashing-storage.ts";
import { runsOf, STORIES_TIMEOUT_MS, telling } from "../../support/runs.ts";
import { sharedStorage } from "../../support/storage-wrapper.ts";
import type { OpenStorage } from "../storage/bench.ts";
import { type EngineBehaviour, EngineBench, fetchRequest } from "./bench.ts";
import { aCron, openJobs } from "./cron-bench.ts";
import { type CronMoment, type CronStep, cronMoments, ENGINES } from "./cron-story-steps.ts";
import { CronWitness } from "./cron-witness.ts";

const SEED = 20_260_101;

/** Refusals that a request may meet when others were faster, or when its engine was killed under it. */
const EXPECTED = new Set(["conflict", "not_found", "backend_error"]);

export const cronStoryBehaviours: readonly EngineBehaviour[] = [
  {
    name: `fires every slot at most once, and never more than one policy allows, in ${runsOf("cron stories")} stories`,
    timeoutMs: STORIES_TIMEOUT_MS,
    random: true,
    run: ({ open }) => tellCronStories(open),
  },
];

type StoryParameters = Pick<fc.Parameters<[readonly CronMoment[]]>, "endOnFailure" | "numRuns">;

/** Rejects with the shortest story in which a promise was broken. */
export async function tellCronStories(open: OpenStorage, parameters: StoryParameters = {}): Promise<void> {
  const property = fc.asyncProperty(cronMoments, async (story) => {
    const bench = new EngineBench(await open(), open);
    try {
      await new CronStory(bench).play(story);
    } finally {
      await bench.end();
    }
  });
  await fc.assert(property, { ...telling("cron stories", SEED), ...parameters });
}

/** An engine that may be killed. */
interface Mortal {
  readonly storage: CrashingStorage;
  readonly engine: Engine;
}

class CronStory {
  readonly #bench: EngineBench;
  readonly #witness: CronWitness;
  readonly #engines: Mortal[] = [];
  /** What workers believe that they hold. */
  readonly #held: JobRecord[] = [];

  constructor(bench: EngineBench) {
    this.#bench = bench;
    this.#witness = new CronWitness(bench.storage);
  }

  async play(story: readonly CronMoment[]): Promise<void> {
    for (let index = 0; index < ENGINES; index += 1) await this.#start(index);
    for (const moment of story) await this.#playMoment(moment);
    await this.#endEverything();
    this.#witness.check();
    await Promise.all(this.#engines.map(({ engine }) => engine.close()));
  }

  async #playMoment({ steps, jumpMs, advanceMs, hurried, crash }: CronMoment): Promise<void> {
    if (crash !== undefined) this.#engines[crash.engine]?.storage.arm(crash.point, crash.spared);
    this.#bench.clock.jump(jumpMs);
    const outcomes = Promise.allSettled(steps.map((step) => this.#expectedly(step)));
    if (hurried) await this.#bench.clock.advance(advanceMs, () => Promise.resolve());
    else await this.#bench.advance(advanceMs);
    await this.#bench.rest();
    for (const [index, { storage }] of this.#engines.entries()) if (storage.crashed) await this.#restart(index);
    this.#witness.check();
    for (const outcome of await outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  async #restart(index: number): Promise<void> {
    await this.#engines[index]?.engine.close();
    await this.#start(index);
  }

  async #start(index: number): Promise<void> {
    const storage = new CrashingStorage(this.#bench.storage, (group) => this.#witness.observe(group));
    const { clock } = this.#bench;
    const engine = createEngine({ storage: sharedStorage(storage.storage), clock, random: () => 0.5 });
    await engine.start();
    await this.#bench.advance(0);
    this.#engines[index] = { storage, engine };
  }

  async #expectedly(step: CronStep): Promise<void> {
    try {
      await this.#do(step, this.#engineOf(step.engine));
    } catch (error) {
      if (!(error instanceof OjsError) || !EXPECTED.has(error.code)) throw error;
    }
  }

  #engineOf(index: number): Engine {
    const mortal = this.#engines[index];
    if (mortal === undefined) throw new Error(`There is no engine ${index}.`);
    return mortal.engine;
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
    for (let index = 0; index < ENGINES; index += 1) await this.#restart(index);
    const engine = this.#engineOf(0);
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
    expect(await this.#bench.storage.records.nextDue("cron-hold")).toBeUndefined();
  }

  async #isAnyOpen(): Promise<boolean> {
    const policies: readonly OverlapPolicy[] = ["skip", "allow", "cancel_previous", "enqueue"];
    const open = await Promise.all(policies.map((policy) => openJobs(this.#bench.storage, nameOf(policy))));
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
