/**
 * Keeps account of jobs by the commits that are made: what each of them says that it does, done once more over what was
 * there before. Then the store has to hold the same. Knows nothing of workflows.
 */
import { expect } from "vitest";
import type { JobRecord } from "../../../src/core/job.ts";
import type { UniqueGuard } from "../../../src/core/unique-guard.ts";
import type { Effect, Group, GroupOutcome, Storage } from "../../../src/storage/storage.ts";
import { Violations } from "./violations.ts";

type Account = Pick<JobRecord, "state" | "revision" | "fingerprint" | "createdAt">;

export class Ledger {
  readonly #store: Storage;
  readonly #jobs = new Map<string, Account>();
  readonly #violations = new Violations();

  constructor(store: Storage) {
    this.#store = store;
  }

  /** The job as it is, or as it was before it was removed; undefined when there was never one. */
  job(id: string): Account | undefined {
    return this.#jobs.get(id);
  }

  get ids(): readonly string[] {
    return [...this.#jobs.keys()];
  }

  /** After a commit. What is wrong is kept for `check`. */
  observe(group: Group, outcome: GroupOutcome): Promise<void> {
    return this.#violations.of(this.#observe(group, outcome));
  }

  /** Throws what was wrong with a commit. */
  check(): void {
    this.#violations.check();
  }

  async #observe(group: Group, outcome: GroupOutcome): Promise<void> {
    this.#enter(group, outcome);
    await this.#compare();
  }

  /** In the order in which a group is applied. */
  #enter({ units, now }: Group, { completions, beats, units: outcomes, claims }: GroupOutcome): void {
    for (const job of completions) if (job !== null) this.#change(job.id, { state: "completed" });
    for (const { extended } of beats) for (const job of extended) this.#jobs.set(job.id, job);
    units.forEach(({ effects }, index) => {
      if (outcomes[index]?.ok === true) for (const effect of effects) this.#apply(effect, now);
    });
    for (const job of claims.flat()) this.#jobs.set(job.id, job);
  }

  #apply(effect: Effect, now: number): void {
    if (effect.kind === "insert") {
      const { job, unique } = effect;
      if (unique !== undefined) this.#checkAlone(job, unique, now);
      this.#jobs.set(job.id, { ...job, revision: 1 });
    }
    if (effect.kind !== "update" && effect.kind !== "remove") return;
    const { id, revision } = effect.before;
    expect(this.#jobs.get(id)?.revision, `what the ${effect.kind} of ${id} was decided over`).toBe(revision);
    if (effect.kind === "update") this.#change(id, effect.change);
    else this.#jobs.delete(id);
  }

  #change(id: string, change: Partial<Account>): void {
    const before = this.#jobs.get(id);
    if (before !== undefined) this.#jobs.set(id, { ...before, ...change, revision: before.revision + 1 });
  }

  /** Exactly one of those that conflict is there: who comes later has to look. */
  #checkAlone({ id, fingerprint }: JobRecord, { states, periodMs }: UniqueGuard, now: number): void {
    const rivals = [...this.#jobs].filter(
      ([, job]) =>
        job.fingerprint === fingerprint &&
        states.includes(job.state) &&
        (periodMs === null || job.createdAt > now - periodMs),
    );
    expect(rivals, `jobs in the way of ${id} when it was inserted`).toEqual([]);
  }

  async #compare(): Promise<void> {
    const ids = [...this.#jobs.keys()];
    const stored = await this.#store.jobs.get(ids);
    const told = ids.map((id) => `${id} ${this.#jobs.get(id)?.state} ${this.#jobs.get(id)?.revision}`);
    expect(stored.map((job) => `${job?.id} ${job?.state} ${job?.revision}`)).toEqual(told);
  }
}
