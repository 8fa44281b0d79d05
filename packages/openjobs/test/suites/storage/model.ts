/**
 * The naive reference model: a storage as one would explain it, arrays and filters and nothing clever. Shares no code
 * with the drivers, so that a mistake in shared code shows as well.
 */
import type { JobRecord } from "../../../src/core/job.ts";
import { laneOf } from "../../../src/core/lane.ts";
import type { RateLimit } from "../../../src/core/rate-limit.ts";
import type { UniqueGuard } from "../../../src/core/unique-guard.ts";
import type { KeepAnswer, KeptAnswer } from "../../../src/storage/answers.ts";
import type { PutRecord, RemoveRecord, StoredRecord } from "../../../src/storage/records.ts";
import type {
  Beat,
  BeatOutcome,
  Claim,
  CompletedJob,
  Completion,
  Effect,
  Group,
  GroupOutcome,
  Unit,
  UnitOutcome,
  UnitRefused,
  WorkerRecord,
} from "../../../src/storage/storage.ts";

interface State {
  /** In the order of insertion. */
  jobs: JobRecord[];
  queues: { name: string; createdAt: number; pausedAt: number | null }[];
  workers: WorkerRecord[];
  answers: KeptAnswer[];
  records: StoredRecord[];
  /** Of jobs whose limit counts them, by its key. */
  starts: { key: string; at: number }[];
  happened: { queue: string; at: number; what: "started" | "completed" | "failed"; ms: number }[];
}

/** The lanes of the model's jobs; those that share a key look back equally far. */
export const LANES: ReadonlyMap<string, RateLimit> = new Map(
  (
    [
      { key: "one", concurrency: 1 },
      { key: "one", concurrency: 2 },
      { key: "two", concurrency: 3, rate: { limit: 2, periodMs: 6_400 } },
      { key: "two", rate: { limit: 1, periodMs: 6_400 } },
      { key: "three", throttle: { limit: 2, periodMs: 6_000 } },
    ] satisfies RateLimit[]
  ).map((limit) => [laneOf(limit), limit]),
);

function keyOf(lane: string | null): string | undefined {
  return LANES.get(lane ?? "")?.key;
}

export class Model {
  state: State = { jobs: [], queues: [], workers: [], answers: [], records: [], starts: [], happened: [] };

  commit(group: Group): GroupOutcome {
    const { now } = group;
    return {
      completions: group.completions.map((completion) => this.#complete(completion, now)),
      beats: group.beats.map((beat) => this.#beat(beat, now)),
      units: group.units.map((unit) => this.#unit(unit, now)),
      claims: group.claims.map((claim) => this.#claim(claim, now)),
    };
  }

  /** Another model with the same content, to try something out on. */
  copy(): Model {
    const copy = new Model();
    copy.state = structuredClone(this.state);
    return copy;
  }

  job(id: string): JobRecord | undefined {
    return this.state.jobs.find((job) => job.id === id);
  }

  /** A stable sort of the reversed list: of jobs created at one time the last inserted comes first. */
  inTheWay({ fingerprint, states, periodMs }: UniqueGuard, now: number): JobRecord[] {
    const alike = this.state.jobs.filter((job) => job.fingerprint === fingerprint && states.includes(job.state));
    const fresh = alike.filter((job) => periodMs === null || now < job.createdAt + periodMs);
    return fresh.toReversed().sort((a, b) => b.createdAt - a.createdAt);
  }

  #complete({ id, fence, result }: Completion, now: number): CompletedJob | null {
    const job = this.job(id);
    if (job === undefined || job.state !== "active" || job.cron !== null) return null;
    let holds = true;
    if (fence.lease !== undefined) holds = job.lease === fence.lease;
    else if (fence.workerId !== undefined && job.workerId !== null) holds = job.workerId === fence.workerId;
    else if (fence.attempt !== undefined) holds = job.attempt === fence.attempt;
    if (!holds) return null;
    this.#happens(job, "completed", now, now - (job.startedAt ?? now));
    const none = { dueAt: null, leaseMs: null, leaseUntil: null, timeoutAt: null, stallAt: null };
    return this.#replace(job, { state: "completed", endedAt: now, result, expiries: 0, ...none });
  }

  #beat(beat: Beat, now: number): BeatOutcome {
    const outcome = { extended: [] as JobRecord[], lost: [] as string[], cancelled: [] as string[] };
    for (const { id, lease } of beat.jobs) {
      const job = this.job(id);
      const mine = job !== undefined && (job.workerId === null || job.workerId === beat.worker.id);
      if (mine && job.state === "active" && (lease === undefined || lease === job.lease)) {
        outcome.extended.push(this.#extend(job, beat.visibilityMs ?? job.leaseMs!, now));
      } else {
        outcome.lost.push(id);
        if (mine && job.state === "cancelled") outcome.cancelled.push(id);
      }
    }
    this.state.workers = this.state.workers.filter(({ id }) => id !== beat.worker.id);
    if (!beat.leaving) this.state.workers.push({ ...beat.worker, lastBeatAt: now });
    return outcome;
  }

  #extend(job: JobRecord, leaseMs: number, now: number): JobRecord {
    const leaseUntil = now + leaseMs;
    const stallAt = job.heartbeatMs === null ? null : now + job.heartbeatMs;
    const dueAt = Math.min(leaseUntil, job.timeoutAt!, stallAt ?? Infinity, job.endBy ?? Infinity);
    return this.#replace(job, { leaseMs, leaseUntil, stallAt, dueAt });
  }

  #unit(unit: Unit, now: number): UnitOutcome {
    const before = structuredClone(this.state);
    for (const effect of unit.effects) {
      const refused = this.#effect(effect, now);
      if (refused === undefined) continue;
      this.state = before;
      return refused;
    }
    return { ok: true };
  }

  #effect(effect: Effect, now: number): UnitRefused | undefined {
    switch (effect.kind) {
      case "insert":
        return this.#insert(effect, now);
      case "update":
        return this.#update(effect, now);
      case "remove":
        return this.#guarded(effect.before, (job) => {
          this.state.jobs = this.state.jobs.filter(({ id }) => id !== job.id);
        });
      case "pause": {
        const queue = this.#queue(effect.queue, now);
        queue.pausedAt = effect.paused ? (queue.pausedAt ?? now) : null;
        return undefined;
      }
      case "forget-worker":
        return this.#forget(effect);
      case "keep-answer":
        return this.#keep(effect, now);
      case "put-record":
      case "remove-record":
        return this.#document(effect);
      default:
        // Workflows have a model of their own.
        throw new Error(`The model does not know ${effect.kind}.`);
    }
  }

  #document(effect: PutRecord | RemoveRecord): UnitRefused | undefined {
    const { kind, id } = effect.kind === "put-record" ? effect.record : effect.key;
    const there = this.state.records.find((record) => record.kind === kind && record.id === id);
    if ((there?.revision ?? null) !== effect.before) {
      const changed = effect.before === null ? "exists" : "changed";
      return { ok: false, reason: there === undefined ? "missing" : changed, id: `${kind}:${id}` };
    }
    this.state.records = this.state.records.filter((record) => record !== there);
    if (effect.kind === "put-record") this.state.records.push(effect.record);
    return undefined;
  }

  #keep({ answer }: KeepAnswer, now: number): UnitRefused | undefined {
    const { id } = answer;
    const live = this.state.answers.filter(({ expiresAt }) => expiresAt > now);
    if (live.some((kept) => kept.id === id)) return { ok: false, reason: "exists", id };
    this.state.answers = [...live, answer];
    return undefined;
  }

  #insert({ job, unique }: Extract<Effect, { kind: "insert" }>, now: number): UnitRefused | undefined {
    if (this.job(job.id) !== undefined) return { ok: false, reason: "exists", id: job.id };
    const rival = unique === undefined ? undefined : this.inTheWay(unique, now)[0];
    if (rival !== undefined) return { ok: false, reason: "conflict", id: rival.id };
    this.#queue(job.queue, now);
    this.state.jobs.push({ ...job, revision: 1 });
    return undefined;
  }

  #update(effect: Extract<Effect, { kind: "update" }>, now: number): UnitRefused | undefined {
    return this.#guarded(effect.before, (job) => {
      if (effect.failure === true) this.#happens(job, "failed", now, 0);
      if (effect.change.state === "completed" && job.state !== "completed") {
        this.#happens(job, "completed", now, now - (job.startedAt ?? now));
      }
      this.#replace(job, effect.change);
    });
  }

  #forget({ id, lastBeatAt }: Extract<Effect, { kind: "forget-worker" }>): UnitRefused | undefined {
    const worker = this.state.workers.find((known) => known.id === id);
    if (worker === undefined) return { ok: false, reason: "missing", id };
    if (worker.lastBeatAt > lastBeatAt) return { ok: false, reason: "changed", id };
    this.state.workers = this.state.workers.filter((known) => known !== worker);
    return undefined;
  }

  #guarded(before: JobRecord, then: (job: JobRecord) => void): UnitRefused | undefined {
    const job = this.job(before.id);
    if (job === undefined) return { ok: false, reason: "missing", id: before.id };
    if (job.revision !== before.revision) return { ok: false, reason: "changed", id: before.id };
    then(job);
    return undefined;
  }

  #claim(claim: Claim, now: number): JobRecord[] {
    const claimed: JobRecord[] = [];
    for (const name of claim.queues) {
      if (this.state.queues.find((queue) => queue.name === name)?.pausedAt != null) continue;
      // A stable sort: jobs that are alike otherwise stay in the order of insertion.
      const waiting = this.state.jobs
        .filter((job) => job.queue === name && job.state === "available")
        .filter((job) => job.dueAt === null || job.dueAt > now)
        .sort((a, b) => b.priority - a.priority || a.availableAt - b.availableAt);
      for (const job of waiting) {
        if (claimed.length < claim.limit && this.#mayStart(job, now)) claimed.push(this.#start(job, claim, now));
      }
    }
    return claimed;
  }

  #mayStart({ lane }: JobRecord, now: number): boolean {
    if (lane === null) return true;
    const { key, concurrency, rate, throttle } = LANES.get(lane)!;
    const running = this.state.jobs.filter((job) => job.state === "active" && keyOf(job.lane) === key);
    const starts = this.state.starts.filter((start) => start.key === key);
    const within = (ms: number) => starts.filter(({ at }) => at > now - ms).length;
    return (
      (concurrency === undefined || running.length < concurrency) &&
      (rate === undefined || within(rate.periodMs) < rate.limit) &&
      (throttle === undefined || within(throttle.periodMs / throttle.limit) === 0)
    );
  }

  #start(job: JobRecord, claim: Claim, now: number): JobRecord {
    this.#happens(job, "started", now, now - Math.max(job.availableAt, job.enqueuedAt));
    const limit = LANES.get(job.lane ?? "");
    if (limit?.rate !== undefined || limit?.throttle !== undefined) this.state.starts.push({ key: limit.key, at: now });
    const leaseMs = job.visibilityMs ?? claim.leaseMs;
    const timeoutAt = now + (job.timeoutMs ?? claim.timeoutMs);
    return this.#replace(job, {
      state: "active",
      attempt: job.attempt + 1,
      lease: job.lease + 1,
      workerId: claim.workerId,
      startedAt: now,
      leaseMs,
      leaseUntil: now + leaseMs,
      timeoutAt,
      dueAt: Math.min(now + leaseMs, timeoutAt, job.endBy ?? Infinity),
    });
  }

  #replace(job: JobRecord, change: Partial<JobRecord>): JobRecord {
    const after = { ...job, ...change, revision: job.revision + 1 };
    this.state.jobs = this.state.jobs.map((known) => (known.id === job.id ? after : known));
    return after;
  }

  #queue(name: string, now: number): State["queues"][number] {
    const known = this.state.queues.find((queue) => queue.name === name);
    if (known !== undefined) return known;
    const queue = { name, createdAt: now, pausedAt: null };
    this.state.queues.push(queue);
    return queue;
  }

  #happens(job: JobRecord, what: "started" | "completed" | "failed", at: number, ms: number): void {
    this.state.happened.push({ queue: job.queue, at, what, ms: Math.max(0, ms) });
  }
}
