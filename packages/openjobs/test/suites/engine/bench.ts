/** What a behaviour of the engine suite works with: an engine on a fresh storage, a clock, short ways to say things. */
import { expect } from "vitest";
import type { EventKind } from "../../../src/core/event-kinds.ts";
import { encodeEvent } from "../../../src/core/events.ts";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import type { NewJob } from "../../../src/core/job-request.ts";
import type { JobWithParents } from "../../../src/core/workflow/parent-results.ts";
import { createEngine, type Engine, type EngineOptions, type FetchRequest } from "../../../src/engine/engine.ts";
import type { Beat, Storage } from "../../../src/storage/storage.ts";
import { TestClock } from "../../../src/testing/test-clock.ts";
import { START, sampleRequest } from "../../core/sample-job.ts";
import { eventProblems } from "../../support/event-shapes.ts";
import { BusyStorage, sharedStorage } from "../../support/storage-wrapper.ts";
import { unhurriedStorage } from "../../support/unhurried-storage.ts";
import { type Observe, watchedStorage } from "../../support/watched-storage.ts";
import { aWorker, type OpenStorage, type StorageHandle } from "../storage/bench.ts";

/** One thing that every engine does, whatever its storage. */
export interface EngineBehaviour {
  readonly name: string;
  /** When it takes longer than tests usually may. */
  readonly timeoutMs?: number;
  /** Draws what it does: little in `npm test`, much in `npm run test:slow` (test/support/runs.ts). */
  readonly random?: true;
  readonly run: (bench: EngineBench) => Promise<void>;
}

export const QUEUE = "email";

/** Kinds of events that the behaviours of this file have shown so far. */
export const KINDS_SEEN: Set<EventKind> = new Set();

/** Of each kind, by each behaviour. */
const EVENTS_CHECKED = 20;

type BenchOptions = Omit<Partial<EngineOptions>, "storage" | "clock">;

export class EngineBench {
  readonly clock: TestClock = new TestClock(START);
  readonly open: OpenStorage;
  /** Trouble that the engine could tell nobody about. Empty at the end of every behaviour. */
  readonly errors: unknown[] = [];
  readonly #handle: StorageHandle;
  readonly #busy: BusyStorage;
  #engine: Engine | undefined;

  /** @param pace How the storage takes its time, see {@link unhurriedStorage}. */
  constructor(handle: StorageHandle, open: OpenStorage, pace = 0) {
    this.#handle = handle;
    this.open = open;
    this.#busy = new BusyStorage(unhurriedStorage(sharedStorage(handle.storage), pace));
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error("The bench has no engine yet.");
    return this.#engine;
  }

  get storage(): Storage {
    return this.#busy.storage;
  }

  /** The same one with somebody who sees every commit. To look is part of the commit: nothing rests before it is over. */
  watched(observe: Observe): Storage {
    return this.#busy.counted(watchedStorage(this.storage, observe));
  }

  /** The same one, but at once: for those who only look. */
  get store(): Storage {
    return this.#handle.storage;
  }

  /** Starts an engine, in place of the one before; jitter is in the middle unless said otherwise. */
  async start(options: BenchOptions & { readonly storage?: Storage } = {}): Promise<Engine> {
    await this.#engine?.close();
    this.#engine = createEngine({
      storage: this.storage,
      clock: this.clock,
      random: () => 0.5,
      onError: (error) => this.errors.push(error),
      ...options,
    });
    await this.#engine.start();
    await this.clock.advance(0, () => this.rest());
    return this.#engine;
  }

  async end(): Promise<void> {
    const problems = this.#eventProblems();
    await this.#engine?.close();
    await this.#handle.storage.close();
    await this.#handle.dispose?.();
    expect(this.errors).toEqual([]);
    expect(problems).toEqual([]);
  }

  /** Of whatever a behaviour does, each kind of event is held up to the specification. */
  #eventProblems(): readonly string[] {
    const counts = new Map<string, number>();
    const { events = [] } = this.#engine?.listEvents({ limit: 100_000 }) ?? {};
    return events.flatMap((event) => {
      const count = (counts.get(event.type) ?? 0) + 1;
      counts.set(event.type, count);
      KINDS_SEEN.add(event.type);
      return count > EVENTS_CHECKED ? [] : eventProblems(event.type, JSON.parse(encodeEvent(event)).data);
    });
  }

  /** Lets whatever is under way end; no time passes. */
  rest(): Promise<void> {
    return this.#busy.rest();
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms, () => this.rest());
  }

  /** So much time passes at once, as when a machine sleeps: what would have rung every 30 s rings once, after it. */
  async oversleep(ms: number): Promise<void> {
    this.clock.jump(ms);
    await this.advance(0);
  }

  async enqueue(fields: Partial<NewJob> = {}): Promise<JobRecord> {
    return (await this.engine.enqueue(sampleRequest(fields))).job;
  }

  fetch(request: Partial<FetchRequest> = {}): Promise<readonly JobWithParents[]> {
    return this.engine.fetch(fetchRequest(request));
  }

  /** Fetches one job, which must be there. */
  async fetchOne(request: Partial<FetchRequest> = {}): Promise<JobWithParents> {
    const [job] = await this.fetch(request);
    if (job === undefined) throw new Error("There was no job to fetch.");
    return job;
  }

  /** Enqueues a job and fetches it. */
  async active(fields: Partial<NewJob> = {}, request: Partial<FetchRequest> = {}): Promise<JobRecord> {
    const { id } = await this.enqueue(fields);
    const job = await this.fetchOne(request);
    expect(job.id).toBe(id);
    return job;
  }

  ack(job: JobRecord, result: string | null = null): ReturnType<Engine["ack"]> {
    return this.engine.ack({ jobId: job.id, fence: { lease: job.lease }, result });
  }

  nack(job: JobRecord, error: unknown = "it broke", requeue = false): Promise<JobRecord> {
    return this.engine.nack({ jobId: job.id, fence: { lease: job.lease }, failure: readFailure(error), requeue });
  }

  beat(jobs: readonly JobRecord[] = [], beat: Partial<Beat> = {}): ReturnType<Engine["heartbeat"]> {
    const listed = jobs.map(({ id, lease }) => ({ id, lease }));
    return this.engine.heartbeat({ worker: aWorker({ id: "worker-1" }), jobs: listed, leaving: false, ...beat });
  }

  async job(job: Pick<JobRecord, "id">): Promise<JobRecord> {
    return this.engine.getJob(job.id);
  }

  async stateOf(job: Pick<JobRecord, "id">): Promise<string> {
    return (await this.job(job)).state;
  }

  /** Types of the events about a job, worker or queue, in order. */
  eventsOf(subject: string): string[] {
    const { events } = this.engine.listEvents({ limit: 100_000 });
    return events.filter((event) => event.subject === subject).map(({ type }) => type);
  }
}

/** One job of queue `email`, for `worker-1`, for 30 s, without waiting. */
export function fetchRequest(request: Partial<FetchRequest> = {}): FetchRequest {
  return { queues: [QUEUE], count: 1, workerId: "worker-1", visibilityMs: 30_000, waitMs: 0, ...request };
}

/** Attributes with a retry policy in wire form. */
export function retry(policy: Record<string, unknown>): Pick<NewJob, "attributes"> {
  return { attributes: JSON.stringify({ retry: policy }) };
}
