/** One model run: steps become requests to a real engine, and a witness hears every answer. */
import { expect } from "vitest";
import { OjsError } from "../../../src/core/errors.ts";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { readJobFilter } from "../../../src/core/job-filter.ts";
import type { NewJob } from "../../../src/core/job-request.ts";
import { laneOf } from "../../../src/core/lane.ts";
import { SELECTABLE } from "../../../src/engine/selection.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { sampleRequest } from "../../core/sample-job.ts";
import { CrashingStorage } from "../../support/crashing-storage.ts";
import { jobId } from "../../support/jobs.ts";
import { aWorker } from "../storage/bench.ts";
import { type EngineBench, fetchRequest, QUEUE, retry } from "./bench.ts";
import { type Moment, type Step, WORKERS } from "./model-steps.ts";
import { uniqueRequest } from "./unique.ts";
import { Witness } from "./witness.ts";

/** Refusals that a request may meet when others were faster, or when the process was killed under it. */
const EXPECTED = new Set(["conflict", "duplicate", "not_found", "backend_error"]);

const LEASE_MS = 10_000;
const POLICY = { initial_interval: "PT1S", jitter: false, on_exhaustion: "dead_letter" };
const BATCH_IDS = 1_000;

export class ModelRun {
  readonly #bench: EngineBench;
  readonly #witness: Witness;
  readonly #watched: Storage;
  #storage: CrashingStorage;
  /** What workers believe that they hold, including what they lost long ago. */
  readonly #held: JobRecord[] = [];
  #batches = 0;

  constructor(bench: EngineBench) {
    this.#bench = bench;
    this.#witness = new Witness(bench.store);
    this.#watched = bench.watched((group) => this.#witness.observe(group));
    this.#storage = new CrashingStorage(this.#watched);
  }

  async play(story: readonly Moment[]): Promise<void> {
    await this.#restart();
    for (const moment of story) await this.#playMoment(moment);
    // Once more, so that nothing is armed any longer.
    await this.#restart();
    await this.#bench.engine.resumeQueue(QUEUE);
    await this.#endEverything();
    this.#witness.check();
    await this.#witness.testify([QUEUE]);
  }

  async #playMoment({ steps, advanceMs, crash }: Moment): Promise<void> {
    if (crash !== undefined) this.#storage.arm(crash.point, crash.spared);
    const outcomes = Promise.allSettled(steps.map((step) => this.#expectedly(step)));
    await this.#bench.advance(advanceMs);
    await this.#bench.rest();
    if (this.#storage.crashed) await this.#restart();
    // Waiting fetches end at the latest now.
    await this.#bench.advance(advanceMs >= 3_000 ? 0 : 3_000);
    if (this.#storage.crashed) await this.#restart();
    this.#witness.check();
    for (const outcome of await outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  async #restart(): Promise<void> {
    this.#storage = new CrashingStorage(this.#watched);
    await this.#bench.start({ storage: this.#storage.storage, onError: () => {} });
  }

  async #expectedly(step: Step): Promise<void> {
    try {
      await this.#do(step);
    } catch (error) {
      if (!(error instanceof OjsError) || !EXPECTED.has(error.code)) throw error;
    }
  }

  async #do(step: Step): Promise<void> {
    const { engine } = this.#bench;
    switch (step.kind) {
      case "enqueue":
        return this.#enqueue(requestOf(step.slot, step.variant, this.#bench.clock.now()));
      case "unique":
        return this.#enqueueUnique(step.key, step.onConflict);
      case "batch":
        return this.#batch(step.size, step.poison);
      case "fetch":
        return this.#fetch(step);
      case "beat":
        return this.#beat(step.worker);
      case "prioritize":
        return this.#prioritize(step);
      case "select":
        return this.#select(step);
      case "pause":
        await engine.pauseQueue(QUEUE);
        return;
      case "resume":
        await engine.resumeQueue(QUEUE);
        return;
      case "cancel":
      case "revive":
      case "delete":
      case "look":
      case "activate":
        return this.#operate(step.kind, step.pick);
      default:
        return this.#finish(step.kind, step.pick);
    }
  }

  async #enqueue(request: NewJob): Promise<void> {
    const { job } = await this.#bench.engine.enqueue(request);
    this.#witness.accepted(job.id);
    const again = await this.#bench.engine.enqueue(request);
    expect(again.job.id).toBe(job.id);
    if (again.created) expect(this.#witness.wasDeleted(job.id), `${job.id} was accepted again`).toBe(true);
  }

  async #enqueueUnique(user: number, onConflict: string): Promise<void> {
    const request = uniqueRequest(this.#bench, { on_conflict: onConflict }, { args: [{ user }] });
    const { job, created, deduplicated } = await this.#bench.engine.enqueue(request);
    expect(created).toBe(!deduplicated);
    expect(deduplicated ? onConflict : "ignore").toBe("ignore");
    this.#witness.accepted(job.id);
  }

  async #batch(size: number, poison: boolean): Promise<void> {
    this.#batches += 1;
    const first = BATCH_IDS * this.#batches;
    const ids = Array.from({ length: size }, (_, index) => jobId(first + index));
    this.#witness.tryBatch(ids);
    const requests = ids.map((id) => sampleRequest({ id, source: id }));
    const taken = poison ? this.#witness.jobs.slice(0, 1) : [];
    const clashing = taken.map(({ id }) => sampleRequest({ id, source: "something else" }));
    await this.#bench.engine.enqueueBatch([...requests, ...clashing]).catch((error: unknown) => {
      // Trouble of the storage leaves it open whether the batch is there; a clash does not.
      if (error instanceof OjsError && error.code === "duplicate") this.#witness.refused(ids);
      throw error;
    });
    // The clash may have been deleted just before; then the id was free.
    for (const { id, seq } of taken) {
      expect(this.#witness.jobs.find((job) => job.id === id)?.seq, "the job that was there").not.toBe(seq);
    }
    for (const id of ids) this.#witness.accepted(id);
  }

  async #fetch({ worker, count, waitMs }: Extract<Step, { kind: "fetch" }>): Promise<void> {
    const request = { workerId: nameOf(worker), count, waitMs, visibilityMs: LEASE_MS };
    const jobs = await this.#bench.engine.fetch(fetchRequest(request));
    expect(jobs.length).toBeLessThanOrEqual(count);
    for (const job of jobs) {
      this.#witness.fetched(job);
      this.#held.push(job);
    }
  }

  async #beat(worker: number): Promise<void> {
    const mine = this.#held.filter(({ workerId }) => workerId === nameOf(worker));
    const jobs = mine.map(({ id, lease }) => ({ id, lease }));
    const record = aWorker({ id: nameOf(worker), lastBeatAt: this.#bench.clock.now() });
    const { extended, lost } = await this.#bench.engine.heartbeat({ worker: record, jobs, leaving: false });
    expect([...extended, ...lost].sort()).toEqual(jobs.map(({ id }) => id).sort());
  }

  async #finish(kind: "ack" | "nack" | "requeue" | "discard", pick: number): Promise<void> {
    const job = choose(this.#held, pick);
    if (job === undefined) return;
    const { engine } = this.#bench;
    const fence = { lease: job.lease };
    if (kind === "ack") {
      await engine.ack({ jobId: job.id, fence, result: `"${job.lease}"` });
      this.#witness.acked(job);
      return;
    }
    const failure = readFailure(kind === "discard" ? { code: "DEAD_LETTER", message: kind } : kind);
    await engine.nack({ jobId: job.id, fence, failure, requeue: kind === "requeue" });
  }

  async #prioritize({ pick, priority }: Extract<Step, { kind: "prioritize" }>): Promise<void> {
    const job = choose(this.#witness.jobs, pick);
    if (job === undefined) return;
    expect((await this.#bench.engine.setPriority(job.id, priority)).job).toMatchObject({ id: job.id, priority });
  }

  async #select({ verb, picks, atomic, key }: Extract<Step, { kind: "select" }>): Promise<void> {
    const chosen = picks?.map((pick) => choose(this.#witness.jobs, pick)).filter((job) => job !== undefined);
    if (chosen?.length === 0) return;
    this.#witness.allow(verb);
    const ids = chosen === undefined ? undefined : [...new Set(chosen.map(({ id }) => id))];
    const filter = readJobFilter({ queue: QUEUE }, SELECTABLE[verb]);
    const once = key === null ? null : { key: `${key}`, digest: JSON.stringify([ids ?? null, atomic]) };
    const jobs = ids === undefined ? { filter } : { ids };
    const outcome = await this.#bench.engine.select({ verb, jobs, atomic, once, abandoned: () => false });
    expect(new Set(outcome.items.map(({ jobId: id }) => id)).size).toBe(outcome.total);
    if (ids !== undefined) expect(outcome.items.map(({ jobId: id }) => id)).toEqual(ids);
    if (atomic) expect([0, outcome.total]).toContain(outcome.done);
  }

  async #operate(kind: "cancel" | "revive" | "delete" | "look" | "activate", pick: number): Promise<void> {
    const job = choose(this.#witness.jobs, pick);
    if (job === undefined) return;
    const { engine } = this.#bench;
    if (kind === "cancel") await engine.cancel(job.id);
    if (kind === "activate") await engine.activate(job.id);
    if (kind === "revive") await engine.retryDeadLetter(job.id);
    if (kind === "delete") await engine.deleteDeadLetter(job.id);
    if (kind === "look") expect((await engine.getJob(job.id)).id).toBe(job.id);
  }

  /** From now on every worker dies of every job. Each job must end all the same. */
  async #endEverything(): Promise<void> {
    for (const { id, state } of this.#witness.unfinished) {
      if (state === "pending") await this.#bench.engine.activate(id).catch(() => {});
    }
    // One of them at a time is all that may run, and each has three attempts.
    const limited = 3 * this.#witness.unfinished.filter(({ lane }) => lane !== null).length;
    for (let round = 0; this.#witness.unfinished.length > 0; round += 1) {
      expect(round, "rounds in which every worker died").toBeLessThan(10 + limited);
      await this.#fetch({ kind: "fetch", worker: round % WORKERS, count: 1_000, waitMs: 0 });
      await this.#bench.advance(120_000);
    }
  }
}

function nameOf(worker: number): string {
  return `worker-${worker}`;
}

function choose<T>(from: readonly T[], pick: number): T | undefined {
  return from[from.length === 0 ? 0 : pick % from.length];
}

/** The same slot asks for the same id, so that replays and clashes happen; `variant` makes jobs of all sorts. */
function requestOf(slot: number, variant: number, now: number): NewJob {
  const variants: readonly Partial<NewJob>[] = [
    {},
    { maxAttempts: 1 },
    { maxAttempts: 2, priority: 3 },
    { scheduledAt: now + 2_000 },
    { expiresAt: now + 5_000 },
    { timeoutMs: 4_000 },
    { pending: true },
    { totalMs: 6_000, attributes: JSON.stringify({ total_timeout_ms: 6_000, retry: POLICY }) },
    { enqueueTtlMs: 3_000, heartbeatMs: 2_000, attributes: JSON.stringify({ enqueue_ttl_ms: 3_000, retry: POLICY }) },
    { lane: laneOf({ key: "one", concurrency: 1 }) },
    { lane: laneOf({ key: "pace", concurrency: 2, rate: { limit: 3, periodMs: 20_000 } }), priority: 1 },
  ];
  const policy = retry(POLICY);
  const chosen = { id: jobId(slot + 1), source: `${variant}` };
  return sampleRequest({ ...policy, ...chosen, ...variants[variant] });
}
