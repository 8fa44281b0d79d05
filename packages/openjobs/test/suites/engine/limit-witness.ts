/** Somebody who sees every commit of a story and knows what limits have to do, by counting. */
import { expect } from "vitest";
import type { JobRecord } from "../../../src/core/job.ts";
import { limitOfLane } from "../../../src/core/lane.ts";
import type { RateLimit } from "../../../src/core/rate-limit.ts";
import type { Group, Storage } from "../../../src/storage/storage.ts";

export class LimitWitness {
  readonly #storage: Storage;
  /** What was asked for, not what the store has made of it; null = no limit. */
  readonly #limits = new Map<string, RateLimit | null>();
  #jobs: readonly JobRecord[] = [];
  readonly #leases = new Map<string, number>();
  readonly #starts: { readonly key: string; readonly at: number }[] = [];
  readonly #violations: unknown[] = [];

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Jobs as they were after the last commit. */
  get jobs(): readonly JobRecord[] {
    return this.#jobs;
  }

  /** After a commit. What is wrong is kept for `check`: the engine must not take it for trouble of the storage. */
  async observe(group: Group): Promise<void> {
    await this.#observe(group).catch((error: unknown) => this.#violations.push(error));
  }

  /** Throws what was wrong with a commit. */
  check(): void {
    const [violation] = this.#violations;
    if (violation !== undefined) throw violation;
  }

  /** Available jobs of a queue that every limit would have let start for a while now. */
  startable(queue: string, now: number): readonly JobRecord[] {
    return this.#jobs.filter((job) => {
      if (job.queue !== queue || job.state !== "available" || (job.dueAt ?? Infinity) <= now) return false;
      const limit = this.#limits.get(job.id);
      return limit === null || (limit !== undefined && this.#allows(limit, now));
    });
  }

  async #observe(group: Group): Promise<void> {
    for (const effect of group.units.flatMap(({ effects }) => effects)) {
      if (effect.kind !== "insert") continue;
      this.#limits.set(effect.job.id, effect.job.lane === null ? null : limitOfLane(effect.job.lane));
    }
    const stored = await this.#storage.jobs.get([...this.#limits.keys()]);
    this.#jobs = stored.filter((job) => job !== undefined);
    for (const job of this.#jobs) this.#noteStart(job);
    for (const limit of this.#limits.values()) if (limit !== null) this.#checkRunning(limit);
  }

  #noteStart({ id, state, lease, startedAt }: JobRecord): void {
    const isStart = state === "active" && lease > (this.#leases.get(id) ?? 0);
    this.#leases.set(id, lease);
    const limit = this.#limits.get(id) ?? null;
    if (!isStart || limit === null) return;
    const at = startedAt ?? 0;
    expect(this.#within(limit, at), `${id} started too soon`).toBe(true);
    if (limit.rate !== undefined || limit.throttle !== undefined) this.#starts.push({ key: limit.key, at });
  }

  /** The loosest limit of a key is what can be said of all its jobs. */
  #checkRunning({ key }: RateLimit): void {
    const ofKey = [...this.#limits.values()].flatMap((limit) => (limit?.key === key ? [limit] : []));
    const loosest = Math.max(...ofKey.map(({ concurrency = Infinity }) => concurrency));
    expect(this.#running(key), `running of ${key}`).toBeLessThanOrEqual(loosest);
  }

  #running(key: string): number {
    return this.#jobs.filter(({ id, state }) => state === "active" && this.#limits.get(id)?.key === key).length;
  }

  #within({ key, rate, throttle }: RateLimit, at: number, slack = 0): boolean {
    const since = (ms: number) =>
      this.#starts.filter((start) => start.key === key && start.at > at - ms - slack).length;
    const paced = rate === undefined || since(rate.periodMs) < rate.limit;
    return paced && (throttle === undefined || since(throttle.periodMs / throttle.limit) === 0);
  }

  /** Starts are remembered a little too long at most. */
  #allows(limit: RateLimit, now: number): boolean {
    const slack = Math.ceil((limit.rate?.periodMs ?? 0) / 64);
    return this.#running(limit.key) < (limit.concurrency ?? Infinity) && this.#within(limit, now, slack);
  }
}
