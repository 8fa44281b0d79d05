/** Producers, workers that wait, ends of all sorts and crashes: limits are never exceeded, and nobody waits in vain. */
import { expect } from "vitest";
import { OjsError } from "../../../src/core/errors.ts";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { laneOf } from "../../../src/core/lane.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { sampleRequest } from "../../core/sample-job.ts";
import { type EngineBench, fetchRequest, retry } from "./bench.ts";
import { LIMITS, type LimitMoment, type LimitStep, type LimitStory, limitStories } from "./limit-story-steps.ts";
import { LimitWitness } from "./limit-witness.ts";
import { Servers } from "./servers.ts";
import { storiesOf, type TellStories } from "./stories.ts";

/** Refusals that a request may meet when others were faster, or when its server was killed under it. */
const EXPECTED = new Set(["conflict", "not_found", "backend_error"]);

const LEASE_MS = 10_000;

/** Stories of limited work. */
export const tellLimitStories: TellStories = storiesOf("limit stories", limitStories, (bench, story) =>
  new LimitRun(bench).play(story),
);

class LimitRun {
  readonly #bench: EngineBench;
  readonly #witness: LimitWitness;
  readonly #servers: Servers;
  /** What workers believe that they hold. */
  readonly #held: JobRecord[] = [];
  /** Fetches that wait, by the queues that they wait for. */
  readonly #waiting = new Set<readonly string[]>();

  constructor(bench: EngineBench) {
    this.#bench = bench;
    this.#witness = new LimitWitness(bench.store);
    this.#servers = new Servers(
      bench,
      bench.watched((group) => this.#witness.observe(group)),
    );
  }

  async play({ moments, servers }: LimitStory): Promise<void> {
    try {
      await this.#servers.start(servers);
      for (const moment of moments) await this.#playMoment(moment, servers);
    } finally {
      await this.#servers.close();
    }
    this.#witness.check();
  }

  async #playMoment(moment: LimitMoment, servers: number): Promise<void> {
    const played = this.#servers.play(moment.steps, (step) => this.#expectedly(step), moment);
    await played.finally(() => this.#witness.check());
    // Who was woken may have found something else to do; then somebody else looks. Of other servers' jobs nobody hears.
    await this.#servers.play([], async () => {}, { advanceMs: 2_000, hurried: false, crash: undefined });
    if (servers === 1) this.#checkWaiting();
  }

  #checkWaiting(): void {
    const now = this.#bench.clock.now();
    for (const queue of new Set([...this.#waiting].flat())) {
      const startable = this.#witness.startable(queue, now).map(({ id }) => id);
      expect(startable, `jobs in ${queue}, for which somebody waits`).toEqual([]);
    }
  }

  async #expectedly(step: LimitMoment["steps"][number]): Promise<void> {
    try {
      await this.#do(step, this.#servers.engine(step.server));
    } catch (error) {
      if (!(error instanceof OjsError) || !EXPECTED.has(error.code)) throw error;
    }
  }

  async #do(step: LimitStep, engine: Engine): Promise<void> {
    switch (step.kind) {
      case "enqueue":
        return this.#enqueue(step, engine);
      case "fetch":
        return this.#fetch(step, engine);
      case "cancel":
      case "prioritize":
        return this.#operate(step, engine);
      default:
        return this.#finish(step.kind, choose(this.#held, step.pick), engine);
    }
  }

  async #enqueue({ limit, queue, priority }: Extract<LimitStep, { kind: "enqueue" }>, engine: Engine): Promise<void> {
    const chosen = LIMITS[limit];
    const lane = chosen === undefined ? null : laneOf(chosen);
    const policy = retry({ initial_interval: "PT1S", jitter: false });
    await engine.enqueue(sampleRequest({ lane, queue, priority, ...policy }));
  }

  /** Nobody waits here for the answer: that may come in a later moment. */
  #fetch({ queues, count, waitMs }: Extract<LimitStep, { kind: "fetch" }>, engine: Engine): void {
    if (waitMs > 0) this.#waiting.add(queues);
    const fetched = engine.fetch(fetchRequest({ queues, count, waitMs, visibilityMs: LEASE_MS }));
    void fetched
      .then((jobs) => this.#held.push(...jobs))
      .catch(() => {})
      .finally(() => this.#waiting.delete(queues));
  }

  async #operate(step: Extract<LimitStep, { kind: "cancel" | "prioritize" }>, engine: Engine): Promise<void> {
    const job = choose(this.#witness.jobs, step.pick);
    if (job === undefined) return;
    if (step.kind === "cancel") await engine.cancel(job.id);
    else await engine.setPriority(job.id, step.priority);
  }

  async #finish(
    kind: "ack" | "nack" | "discard" | "requeue",
    job: JobRecord | undefined,
    engine: Engine,
  ): Promise<void> {
    if (job === undefined) return;
    const outcome = { jobId: job.id, fence: { lease: job.lease } };
    const failure = readFailure(kind === "discard" ? { code: "DISCARD", message: kind } : kind);
    if (kind === "ack") await engine.ack({ ...outcome, result: null });
    else await engine.nack({ ...outcome, failure, requeue: kind === "requeue" });
  }
}

function choose<T>(from: readonly T[], pick: number): T | undefined {
  return from[pick % Math.max(1, from.length)];
}
