/**
 * What a behaviour of the storage suite works with: short ways to commit one thing, and a recount of every counter
 * after every commit, so that each behaviour is also a test of the counters.
 */
import { expect } from "vitest";
import { JOB_STATES, type JobChange, type JobRecord, type JobState } from "../../../src/core/job.ts";
import type {
  Beat,
  BeatOutcome,
  Claim,
  CompletedJob,
  Completion,
  Effect,
  Group,
  GroupOutcome,
  QueueRecord,
  Storage,
  UnitOutcome,
  WorkerRecord,
} from "../../../src/storage/storage.ts";
import type { InsertWorkflow, ResumeWorkflow } from "../../../src/storage/workflows.ts";
import { T0 } from "../../support/jobs.ts";

/** An open storage, and what can be done to it from outside. */
export interface StorageHandle {
  readonly storage: Storage;
  /** Durable drivers: closes the storage and opens the same data again. */
  readonly reopen?: () => Promise<Storage>;
  /** Removes files and the like; the storage is closed before. */
  readonly dispose?: () => Promise<void>;
}

/** Makes an empty storage and opens it. */
export type OpenStorage = () => Promise<StorageHandle>;

/** One thing that every storage does. */
export interface Behaviour {
  readonly name: string;
  /** Cannot be shown on drivers that forget everything when they are closed. */
  readonly durable?: boolean;
  /** When it takes longer than tests usually may. */
  readonly timeoutMs?: number;
  /** Draws what it does: little in `npm test`, much in `npm run test:slow` (test/support/runs.ts). */
  readonly random?: true;
  readonly run: (bench: Bench) => Promise<void>;
}

export const DONE: UnitOutcome = { ok: true };

export class Bench {
  readonly open: OpenStorage;
  /** The engine's time; behaviours move it on. */
  now: number = T0;
  #handle: StorageHandle;
  #storage: Storage;
  readonly #ids = new Set<string>();
  readonly #queues = new Set<string>();

  constructor(handle: StorageHandle, open: OpenStorage) {
    this.#handle = handle;
    this.#storage = handle.storage;
    this.open = open;
  }

  get storage(): Storage {
    return this.#storage;
  }

  async commit(parts: Partial<Group>): Promise<GroupOutcome> {
    const group = { now: this.now, completions: [], beats: [], units: [], claims: [], ...parts };
    this.#note(group);
    const outcome = await this.#storage.commit(group);
    await this.recount();
    return outcome;
  }

  /** Commits each list of effects as a unit of one group. */
  async units(...units: readonly (readonly Effect[])[]): Promise<readonly UnitOutcome[]> {
    return (await this.commit({ units: units.map((effects) => ({ effects })) })).units;
  }

  async unit(...effects: readonly Effect[]): Promise<UnitOutcome | undefined> {
    return (await this.units(effects))[0];
  }

  /** Inserts the jobs in this order and returns them as they are stored. */
  async insert(...jobs: readonly JobRecord[]): Promise<JobRecord[]> {
    expect(await this.unit(...jobs.map(insertOf))).toEqual(DONE);
    return this.jobsOf(jobs);
  }

  /** Inserts one job and returns it as it is stored. */
  async inserted(job: JobRecord): Promise<JobRecord> {
    await this.insert(job);
    return this.job(job);
  }

  async update(before: JobRecord, change: JobChange, failure?: boolean): Promise<UnitOutcome | undefined> {
    return this.unit(updateOf(before, change, failure));
  }

  async claim(claim: Partial<Claim> = {}): Promise<readonly JobRecord[]> {
    return (await this.commit({ claims: [claimOf(claim)] })).claims[0] ?? [];
  }

  /** Inserts a job and claims it. */
  async claimed(job: JobRecord, claim: Partial<Claim> = {}): Promise<JobRecord> {
    await this.insert(job);
    const [active] = await this.claim({ queues: [job.queue], limit: 1, ...claim });
    expect(active?.id).toBe(job.id);
    return this.job(job);
  }

  async complete(
    job: JobRecord,
    fence: Completion["fence"],
    result: string | null = null,
  ): Promise<CompletedJob | null | undefined> {
    return (await this.commit({ completions: [{ id: job.id, fence, result }] })).completions[0];
  }

  async beat(beat: Partial<Beat> = {}): Promise<BeatOutcome> {
    const [outcome] = (await this.commit({ beats: [beatOf(beat)] })).beats;
    if (outcome === undefined) throw new Error("The storage gave no outcome for a beat.");
    return outcome;
  }

  /** The job as it is stored now. */
  async job({ id }: { readonly id: string }): Promise<JobRecord> {
    const [job] = await this.#storage.jobs.get([id]);
    if (job === undefined) throw new Error(`There is no job ${id}.`);
    return job;
  }

  /** The stored jobs in the order of the ids; all of them must be there. */
  async jobsOf(jobs: readonly { readonly id: string }[]): Promise<JobRecord[]> {
    return Promise.all(jobs.map((job) => this.job(job)));
  }

  async exists({ id }: { readonly id: string }): Promise<boolean> {
    return (await this.#storage.jobs.get([id]))[0] !== undefined;
  }

  async queue(name = "default"): Promise<QueueRecord> {
    const queue = await this.#storage.queues.get(name);
    if (queue === undefined) throw new Error(`There is no queue ${name}.`);
    return queue;
  }

  /** Closes the storage and opens it again over the same data. */
  async reopen(): Promise<void> {
    if (this.#handle.reopen === undefined) throw new Error("This storage cannot be opened again.");
    this.#storage = await this.#handle.reopen();
    await this.recount();
  }

  async end(): Promise<void> {
    await this.#storage.close();
    await this.#handle.dispose?.();
  }

  /** Compares the counters of every queue with its jobs. */
  async recount(): Promise<void> {
    const stored = (await this.#storage.jobs.get([...this.#ids])).filter((job) => job !== undefined);
    for (const name of this.#queues) {
      const jobs = stored.filter((job) => job.queue === name);
      const queue = await this.#storage.queues.get(name);
      // A queue that only refused units have named does not exist.
      if (queue === undefined && jobs.length === 0) continue;
      expect({ queue: name, counts: queue?.counts, deadLetters: queue?.deadLetters }).toEqual({
        queue: name,
        counts: countByState(jobs),
        deadLetters: jobs.filter((job) => job.state === "discarded" && job.deadLetter).length,
      });
    }
  }

  /** All jobs that the workflow may have; the tests give their steps no queues but the default one. */
  #noteMembers({ steps }: InsertWorkflow | ResumeWorkflow): void {
    for (const { jobId } of steps) this.#ids.add(jobId);
    this.#queues.add("default");
  }

  #note(group: Group): void {
    for (const unit of group.units) for (const effect of unit.effects) this.note(effect);
  }

  /** Lets the recount know what an effect brings; `commit` does it by itself. */
  note(effect: Effect): void {
    if (effect.kind === "insert") this.#ids.add(effect.job.id);
    if (effect.kind === "insert") this.#queues.add(effect.job.queue);
    if (effect.kind === "pause") this.#queues.add(effect.queue);
    if (effect.kind === "insert-workflow" || effect.kind === "resume-workflow") this.#noteMembers(effect);
  }
}

export function insertOf(job: JobRecord): Effect {
  return { kind: "insert", job };
}

export function updateOf(before: JobRecord, change: JobChange, failure?: boolean): Effect {
  return { kind: "update", before, change, ...(failure === undefined ? {} : { failure }) };
}

export function removeOf(before: JobRecord): Effect {
  return { kind: "remove", before };
}

export function pauseOf(queue: string, paused = true): Effect {
  return { kind: "pause", queue, paused };
}

/** A claim of up to ten jobs of queue `default` by worker `w1`, for 30 s, with ten minutes to run. */
export function claimOf(claim: Partial<Claim>): Claim {
  return { queues: ["default"], limit: 10, workerId: "w1", leaseMs: 30_000, timeoutMs: 600_000, ...claim };
}

export function beatOf(beat: Partial<Beat>): Beat {
  return { worker: aWorker(), jobs: [], leaving: false, ...beat };
}

export function aWorker(fields: Partial<WorkerRecord> = {}): WorkerRecord {
  return {
    id: "w1",
    state: "running",
    lastBeatAt: T0,
    startedAt: T0,
    hostname: null,
    pid: null,
    queues: ["default"],
    labels: [],
    concurrency: null,
    activeJobs: 0,
    ...fields,
  };
}

export function ids(jobs: readonly { readonly id: string }[]): string[] {
  return jobs.map((job) => job.id);
}

export function countByState(jobs: readonly JobRecord[]): Record<JobState, number> {
  const counts = JOB_STATES.map((state) => [state, jobs.filter((job) => job.state === state).length]);
  return Object.fromEntries(counts);
}
