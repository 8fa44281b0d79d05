/** Workflows among workers that are in each other's way and processes that are killed: each ends as its jobs did. */
import fc from "fast-check";
import { expect } from "vitest";
import { OjsError } from "../../../src/core/errors.ts";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { isTerminal } from "../../../src/core/states.ts";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import type { Group, GroupOutcome } from "../../../src/storage/storage.ts";
import { CrashingStorage, type CrashPoint } from "../../support/crashing-storage.ts";
import { telling } from "../../support/runs.ts";
import { sharedStorage } from "../../support/storage-wrapper.ts";
import { anyWorkflow, interpret, type WireComposite, type WireGraph } from "../../support/workflow-reference.ts";
import { freshId } from "../../support/workflows.ts";
import type { OpenStorage } from "../storage/bench.ts";
import { EngineBench, fetchRequest } from "./bench.ts";

const SEED = 20_260_103;
const LEASE_MS = 10_000;

type Step =
  | { readonly kind: "fetch"; readonly count: number }
  | { readonly kind: "ack" | "nack" | "rivals" | "cancel"; readonly pick: number };

interface Moment {
  readonly steps: readonly Step[];
  readonly advanceMs: number;
  readonly crash: { readonly point: CrashPoint; readonly spared: number } | undefined;
}

interface Story {
  readonly body: WireComposite | WireGraph;
  readonly moments: readonly Moment[];
}

const pick = fc.nat({ max: 20 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("fetch" as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom("ack" as const, "ack", "ack", "nack", "rivals"), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), pick }) },
);

const stories: fc.Arbitrary<Story> = fc.record({
  body: anyWorkflow,
  moments: fc.array(
    fc.record({
      steps: fc.array(step, { minLength: 1, maxLength: 6 }),
      advanceMs: fc.constantFrom(0, 0, 0, 1, 11_000),
      crash: fc.option(fc.record({ point: fc.constantFrom("before" as const, "after"), spared: fc.nat({ max: 3 }) }), {
        nil: undefined,
        freq: 3,
      }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});

/**
 * Rejects with the shortest story in which a workflow did not end as its jobs did. Stories share a store, because all jobs of one
 * have ended before the next begins.
 */
export async function tellWorkflowStories(
  open: OpenStorage,
  parameters: Pick<fc.Parameters<[Story]>, "endOnFailure" | "numRuns"> = {},
): Promise<void> {
  let bench = new EngineBench(await open(), open);
  const property = fc.asyncProperty(stories, async (story) => {
    try {
      await new StoryTeller(bench, story).tell();
    } catch (error) {
      await bench.end();
      bench = new EngineBench(await open(), open);
      throw error;
    }
  });
  try {
    await fc.assert(property, { ...telling("workflow stories", SEED), ...parameters });
  } finally {
    await bench.end();
  }
}

class StoryTeller {
  readonly #bench: EngineBench;
  readonly #story: Story;
  readonly #id = freshId();
  #storage: CrashingStorage;
  /** A second server on the same store, so that decisions meet those of others. */
  #other: Engine | undefined;
  /** Every claim that a worker heard of. */
  readonly #held: JobRecord[] = [];
  /** Ids of members in the order of their birth, as the commits say. */
  readonly #born: string[] = [];
  #ends = 0;

  constructor(bench: EngineBench, story: Story) {
    this.#bench = bench;
    this.#story = story;
    this.#storage = this.#freshStorage();
  }

  async tell(): Promise<void> {
    try {
      await this.#tell();
    } finally {
      await this.#other?.close();
    }
  }

  async #tell(): Promise<void> {
    await this.#restart();
    const create = readWorkflow(
      { ...this.#story.body, id: this.#id },
      { now: this.#bench.clock.now(), newId: freshId },
    );
    await this.#bench.engine.createWorkflow(create);
    expect(await this.#bench.engine.createWorkflow(create)).toMatchObject({ created: false });
    for (const moment of this.#story.moments) await this.#play(moment);
    await this.#restart();
    await this.#finish();
    await this.#judge();
  }

  #freshStorage(): CrashingStorage {
    return new CrashingStorage(this.#bench.storage, async (group, outcome) => this.#observe(group, outcome));
  }

  async #restart(): Promise<void> {
    await this.#other?.close();
    this.#storage = this.#freshStorage();
    const { storage } = this.#storage;
    await this.#bench.start({ storage, onError: () => {} });
    const { clock } = this.#bench;
    this.#other = createEngine({ storage: sharedStorage(storage), clock, random: () => 0.5, onError: () => {} });
    await this.#other.start();
    await this.#bench.rest();
  }

  /** One of the two servers. */
  #server(number: number): Engine {
    return number % 2 === 1 && this.#other !== undefined ? this.#other : this.#bench.engine;
  }

  #observe({ units }: Group, { units: outcomes, workflows }: GroupOutcome): void {
    units.forEach(({ effects }, index) => {
      if (outcomes[index]?.ok !== true) return;
      for (const effect of effects)
        if (effect.kind === "insert-workflow") this.#born.push(...effect.jobs.map(({ id }) => id));
    });
    for (const fact of workflows?.facts ?? []) {
      if (fact.kind === "released") this.#born.push(fact.job.id);
      if (fact.kind === "ended") this.#ends += 1;
    }
  }

  async #play({ steps, advanceMs, crash }: Moment): Promise<void> {
    if (crash !== undefined) this.#storage.arm(crash.point, crash.spared);
    await Promise.all(steps.map((one) => this.#expectedly(one)));
    await this.#bench.advance(advanceMs);
    await this.#bench.rest();
    if (this.#storage.crashed) await this.#restart();
  }

  /** Others may have been faster, and the process may be killed. */
  async #expectedly(one: Step): Promise<void> {
    try {
      await this.#do(one);
    } catch (error) {
      if (!(error instanceof OjsError) || !["conflict", "backend_error"].includes(error.code)) throw error;
    }
  }

  async #do(one: Step): Promise<void> {
    if (one.kind === "fetch") {
      this.#held.push(...(await this.#fetch(one.count)));
      return;
    }
    const job = this.#held[this.#held.length === 0 ? 0 : one.pick % this.#held.length];
    if (job === undefined) return;
    if (one.kind === "ack") await this.#ack(job, one.pick);
    if (one.kind === "nack") await this.#nack(job, one.pick);
    if (one.kind === "cancel") await this.#server(one.pick).cancel(job.id);
    if (one.kind !== "rivals") return;
    const outcomes = await Promise.allSettled([this.#nack(job, 0), this.#ack(job, 1), this.#nack(job, 1)]);
    expect(outcomes.filter(({ status }) => status === "fulfilled").length, "rivals that won").toBeLessThanOrEqual(1);
  }

  #fetch(count: number): Promise<readonly JobRecord[]> {
    return this.#server(count).fetch(fetchRequest({ queues: ["default"], count, visibilityMs: LEASE_MS }));
  }

  async #ack({ id, lease }: JobRecord, server = 0): Promise<void> {
    // Another result each time, so that a repetition is no replay.
    await this.#server(server).ack({ jobId: id, fence: { lease }, result: `"${freshId()}"` });
  }

  async #nack({ id, lease }: JobRecord, server: number): Promise<void> {
    const failure = readFailure({ code: "DISCARD", message: "broken" });
    await this.#server(server).nack({ jobId: id, fence: { lease }, failure, requeue: false });
  }

  /** Whoever holds a job succeeds now. */
  async #finish(): Promise<void> {
    for (let round = 0; ; round += 1) {
      expect(round, "rounds until all jobs have ended").toBeLessThan(60);
      const members = (await this.#bench.storage.jobs.get(this.#born)).filter((job) => job !== undefined);
      const open = members.filter(({ state }) => !isTerminal(state));
      if (open.length === 0) return;
      await this.#fetch(1_000);
      const active = await this.#bench.storage.jobs.get(open.map(({ id }) => id));
      for (const job of active) if (job?.state === "active") await this.#ack(job);
      await this.#bench.advance(30_000);
    }
  }

  async #judge(): Promise<void> {
    expect(new Set(this.#born).size, "each step became a job once").toBe(this.#born.length);
    const { workflow, steps } = await this.#bench.engine.getWorkflow(this.#id);
    const members = new Map((await this.#bench.storage.jobs.get(this.#born)).map((job) => [job?.id, job]));
    const fails = new Set<string>();
    for (const {
      step: { name, jobId },
    } of steps) {
      const state = members.get(jobId)?.state;
      if (state !== undefined && state !== "completed") fails.add(name ?? "");
    }
    const { succeeded, ran } = interpret(this.#story.body, fails);
    const seen = steps.map(({ step: { name, state, jobId } }) => [name, state, members.get(jobId)?.state]);
    const expected = steps.map(({ step: { name, jobId } }) => {
      const job = members.get(jobId)?.state;
      if (!ran.has(name ?? "")) return [name, "cancelled", undefined];
      return [name, job === "discarded" ? "failed" : job, job];
    });
    expect(seen).toEqual(expected);
    expect(workflow.state).toBe(succeeded ? "completed" : "failed");
    expect(this.#ends, "ends of the workflow").toBe(1);
    expect(workflow.completed + workflow.failed).toBe(
      steps.filter(({ step: { callback, name } }) => callback === null && ran.has(name ?? "")).length,
    );
  }
}
