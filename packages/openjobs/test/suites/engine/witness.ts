/**
 * Somebody who sees every commit and hears every answer, and knows what must never happen (design 4). It keeps no model
 * of the engine: only facts, and the promises that they have to fulfil.
 */
import { expect } from "vitest";
import { countedAttempts } from "../../../src/core/attempts.ts";
import type { JobRecord, JobState } from "../../../src/core/job.ts";
import { limitOfLane } from "../../../src/core/lane.ts";
import { isTerminal, TRANSITIONS } from "../../../src/core/states.ts";
import type { Group, Storage } from "../../../src/storage/storage.ts";
import { countByState } from "../storage/bench.ts";
import { Violations } from "./violations.ts";

export class Witness {
  readonly #storage: Storage;
  /** Jobs as they were after the last commit. */
  readonly #seen = new Map<string, JobRecord>();
  readonly #offered = new Set<string>();
  readonly #deleted = new Set<string>();
  readonly #accepted = new Set<string>();
  readonly #acked = new Map<string, number>();
  /** Leases that were handed out, by job. */
  readonly #handedOut = new Map<string, Set<number>>();
  /** Fingerprints of jobs that an operator has brought back: these may be in company. */
  readonly #revived = new Set<string>();
  /** Claims of jobs in lanes, in their order. */
  readonly #starts: { readonly lane: string; readonly at: number }[] = [];
  readonly #batches: (readonly string[])[] = [];
  readonly #violations = new Violations();
  readonly #allowed = new Set<string>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Jobs that are in the store. */
  get jobs(): readonly JobRecord[] {
    return [...this.#seen.values()];
  }

  get unfinished(): readonly JobRecord[] {
    return this.jobs.filter(({ state }) => !isTerminal(state));
  }

  /** From now on somebody may bring back, or delete, any job that has ended. */
  allow(verb: "cancel" | "retry" | "delete"): void {
    this.#allowed.add(verb);
  }

  /** After a commit. What is wrong is kept for `check`. */
  observe(group: Group): Promise<void> {
    return this.#violations.of(this.#observe(group));
  }

  /** Throws what was wrong with a commit, or what was answered and did not happen. When all is at rest: answers may come first. */
  check(): void {
    this.#violations.check();
    for (const id of this.#accepted) expect(this.#seen.has(id) || this.#deleted.has(id), `${id} is lost`).toBe(true);
    for (const [id, lease] of this.#acked) expect(this.#seen.get(id)).toMatchObject({ state: "completed", lease });
  }

  /** Every job made a legal step, and nothing is half there. */
  async #observe(group: Group): Promise<void> {
    for (const effect of group.units.flatMap(({ effects }) => effects)) {
      if (effect.kind === "insert") this.#offered.add(effect.job.id);
    }
    const ids = [...this.#offered];
    const stored = await this.#storage.jobs.get(ids);
    ids.forEach((id, index) => {
      this.#look(id, stored[index]);
    });
    for (const batch of this.#batches) this.#checkWhole(batch);
    this.#checkUnique();
    this.#checkLimits();
  }

  /** No key has more than its limit running, or started within its period. */
  #checkLimits(): void {
    const limited = this.jobs.flatMap(({ id, state, lane }) => (lane === null ? [] : [{ id, state, lane }]));
    for (const lane of new Set(limited.map((job) => job.lane))) {
      const { concurrency = Infinity, rate } = limitOfLane(lane);
      const running = limited.filter((job) => job.lane === lane && job.state === "active");
      expect(running.length, `running in ${lane}`).toBeLessThanOrEqual(concurrency);
      if (rate === undefined) continue;
      const starts = this.#starts.filter((start) => start.lane === lane).map(({ at }) => at);
      const crowd = starts.filter((at, index) => at - (starts[index - rate.limit] ?? -Infinity) < rate.periodMs);
      expect(crowd, `starts too many in ${lane}`).toEqual([]);
    }
  }

  /** Whether there was a job with this id that is gone, so that the id was free for another one. */
  wasDeleted(id: string): boolean {
    return this.#deleted.has(id);
  }

  tryBatch(ids: readonly string[]): void {
    this.#batches.push(ids);
  }

  refused(batch: readonly string[]): void {
    for (const id of batch) expect(this.#seen.has(id), `${id} was refused, but is stored`).toBe(false);
  }

  accepted(id: string): void {
    this.#accepted.add(id);
  }

  fetched(job: JobRecord): void {
    if (this.#isGone(job)) return;
    const { id, lease } = job;
    const leases = this.#handedOut.get(id) ?? new Set();
    expect(leases.has(lease), `lease ${lease} of ${id} was handed out twice`).toBe(false);
    expect(this.#acked.has(id), `${id} was done already`).toBe(false);
    this.#handedOut.set(id, leases.add(lease));
  }

  acked(job: JobRecord): void {
    if (this.#isGone(job)) return;
    this.#acked.set(job.id, job.lease);
  }

  /** At the end: nothing was lost, nothing was undone, and the counters agree with the jobs. */
  async testify(queues: readonly string[]): Promise<void> {
    this.check();
    for (const name of queues) {
      const queue = await this.#storage.queues.get(name);
      const jobs = this.jobs.filter((job) => job.queue === name);
      if (queue !== undefined) expect(queue.counts).toEqual(countByState(jobs));
    }
  }

  /** It may have been deleted between the commit and the answer, and another job may have its id. */
  #isGone({ id, seq }: JobRecord): boolean {
    return this.#deleted.has(id) && this.#seen.get(id)?.seq !== seq;
  }

  #look(id: string, job: JobRecord | undefined): void {
    const known = this.#seen.get(id);
    if (known !== undefined && known.seq !== job?.seq) this.#forget(known);
    if (job === undefined) return;
    const before = this.#seen.get(id);
    this.#seen.set(id, job);
    if (before === undefined || before.revision !== job.revision) this.#checkStep(before, job);
  }

  /** An id whose job was deleted is free for another job, which knows nothing of the first one's leases. */
  #forget({ id, state, deadLetter }: JobRecord): void {
    const deletable = deadLetter || (this.#allowed.has("delete") && isTerminal(state));
    expect(deletable, `${id} vanished without being a dead letter`).toBe(true);
    this.#seen.delete(id);
    this.#acked.delete(id);
    this.#handedOut.delete(id);
    this.#deleted.add(id);
  }

  #checkStep(before: JobRecord | undefined, job: JobRecord): void {
    const step = `${job.id}: ${before?.state ?? "nothing"} → ${job.state}`;
    expect(mayBecome(before?.state ?? null, job.state) || before?.state === job.state, step).toBe(true);
    const revivable = before?.deadLetter === true || this.#allowed.has("retry");
    if (before?.state === "discarded") expect(revivable, step).toBe(true);
    const wasOver = before !== undefined && isTerminal(before.state);
    if (wasOver && !isTerminal(job.state) && job.fingerprint !== null) this.#revived.add(job.fingerprint);
    expect(job.lease, step).toBeGreaterThanOrEqual(before?.lease ?? 0);
    const isStart = job.state === "active" && job.lease > (before?.lease ?? 0);
    if (isStart && job.lane !== null) this.#starts.push({ lane: job.lane, at: job.startedAt ?? 0 });
    expect(countedAttempts(job), step).toBeLessThanOrEqual(Math.max(1, job.maxAttempts));
    expect(job.state === "active", step).toBe(job.leaseUntil !== null);
  }

  /** The unique jobs of the stories are all in the way of their like until they have ended. */
  #checkUnique(): void {
    const open = this.unfinished.flatMap(({ fingerprint }) => fingerprint ?? []);
    const alone = open.filter((fingerprint) => !this.#revived.has(fingerprint));
    expect(alone, "fingerprints of jobs that have not ended").toEqual([...new Set(alone)]);
  }

  #checkWhole(batch: readonly string[]): void {
    const there = batch.filter((id) => this.#seen.has(id) || this.#deleted.has(id));
    expect([0, batch.length], `batch ${batch.join()}`).toContain(there.length);
  }
}

/** In one group a job may be changed by a unit and then claimed: two moves, and no more. */
function mayBecome(from: JobState | null, to: JobState): boolean {
  const next = (state: JobState | null) => TRANSITIONS.filter((move) => move.from === state).map((move) => move.to);
  const once = next(from);
  return once.includes(to) || (to === "active" && once.includes("available"));
}
