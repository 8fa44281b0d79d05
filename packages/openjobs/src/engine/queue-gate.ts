/**
 * Keeps new jobs out of queues that are full (ojs-backpressure §5.1). Requests come in rounds: the counters are read once
 * for all that have gathered, and the next round begins when these jobs are stored. So nothing is counted twice or
 * missed on one server, and many producers at once still share a commit. Requests for queues without a bound pass by.
 */
import type { Clock } from "../core/clock.ts";
import type { OjsError } from "../core/errors.ts";
import type { NewJob } from "../core/job-request.ts";
import { depthOf, isPressing, type QueueBound, type QueuePressure, queueFull } from "../core/queue-bound.ts";
import type { Storage } from "../storage/storage.ts";
import type { Announcer } from "./announcer.ts";
import type { QueueConfigs } from "./queue-configs.ts";
import { answered } from "./storage-trouble.ts";

/** What the gate needs of an engine. */
interface Parts {
  readonly storage: Pick<Storage, "jobs" | "queues">;
  readonly clock: Pick<Clock, "now">;
  readonly announcer: Pick<Announcer, "pressure">;
  readonly queueConfigs: Pick<QueueConfigs, "boundOf">;
}

/** A job that wants in. */
type Wanting = Pick<NewJob, "id" | "queue" | "type">;

/** What the gate says about the jobs of a request, index by index. */
export interface Verdict {
  /** Why a job may not go in. */
  readonly refusals: readonly (OjsError | undefined)[];
  /** How full its queue is with it, when that is worth a warning. */
  readonly pressures: readonly (QueuePressure | undefined)[];
}

/** A request that waits for its round. */
interface Visitor {
  readonly jobs: readonly Wanting[];
  /** Whether all go in or none. */
  readonly together: boolean;
  /** Stores what may go in; settles when that is done, and never rejects. */
  readonly go: (verdict: Verdict) => Promise<void>;
  readonly fail: (error: unknown) => void;
}

/** A bounded queue during a round. */
interface Room {
  readonly bound: QueueBound;
  depth: number;
}

type Rooms = ReadonlyMap<string, Room>;

const FREE: Verdict = { refusals: [], pressures: [] };

/** See above. */
export class QueueGate {
  readonly #parts: Parts;
  #waiting: Visitor[] = [];
  #open = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whether a queue of these jobs has a bound. Who asks before need not come here for others. */
  concerns(jobs: readonly Wanting[]): boolean {
    const { queueConfigs } = this.#parts;
    return jobs.some(({ queue }) => queueConfigs.boundOf(queue) !== null);
  }

  /**
   * Runs an enqueue when the jobs may go in, all of them.
   *
   * @throws OjsError `queue_full`, and whatever `enqueue` throws.
   */
  together<T>(jobs: readonly Wanting[], enqueue: (pressures: Verdict["pressures"]) => Promise<T>): Promise<T> {
    return this.#visit(jobs, true, ({ refusals, pressures }) => {
      const refusal = refusals.find((one) => one !== undefined);
      return refusal === undefined ? enqueue(pressures) : Promise.reject(refusal);
    });
  }

  /** Runs an enqueue that decides by itself what to do when some of its jobs may not go in. */
  each<T>(jobs: readonly Wanting[], enqueue: (refusals: Verdict["refusals"]) => Promise<T>): Promise<T> {
    return this.#visit(jobs, false, ({ refusals }) => enqueue(refusals));
  }

  #visit<T>(jobs: readonly Wanting[], together: boolean, enqueue: (verdict: Verdict) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const go = (verdict: Verdict): Promise<void> => enqueue(verdict).then(resolve, reject);
      this.#waiting.push({ jobs, together, go, fail: reject });
      if (this.#open) return;
      this.#open = true;
      void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    while (this.#waiting.length > 0) {
      const round = this.#waiting;
      this.#waiting = [];
      try {
        const verdicts = await this.#judge(round);
        await Promise.all(round.map((visitor, index) => visitor.go(verdicts[index] ?? FREE)));
      } catch (error) {
        for (const { fail } of round) fail(error);
      }
    }
    this.#open = false;
  }

  async #judge(round: readonly Visitor[]): Promise<readonly Verdict[]> {
    const rooms = await this.#rooms(round);
    const verdicts = round.map((visitor) => (visitor.together ? judgeTogether : judgeEach)(visitor.jobs, rooms));
    const known = await this.#knownAmong(round, verdicts);
    return verdicts.map(({ refusals, pressures }, index) => {
      const left = refusals.map((refusal, at) => (known.has(round[index]?.jobs[at]?.id ?? null) ? undefined : refusal));
      this.#tell(round[index]?.jobs ?? [], left, rooms);
      return { refusals: left, pressures };
    });
  }

  async #rooms(round: readonly Visitor[]): Promise<Rooms> {
    const { storage, queueConfigs } = this.#parts;
    const names = [...new Set(round.flatMap(({ jobs }) => jobs.map(({ queue }) => queue)))];
    const rooms = names.map(async (name): Promise<readonly [string, Room][]> => {
      const bound = queueConfigs.boundOf(name);
      if (bound === null) return [];
      const queue = await answered(storage.queues.get(name));
      return [[name, { bound, depth: queue === undefined ? 0 : depthOf(queue) }]];
    });
    return new Map((await Promise.all(rooms)).flat());
  }

  /** A request that is repeated finds its job, however full the queue has become. */
  async #knownAmong(round: readonly Visitor[], verdicts: readonly Verdict[]): Promise<ReadonlySet<string | null>> {
    const refusedJobs = round.flatMap(({ jobs }, at) => jobs.filter((_, index) => verdicts[at]?.refusals[index]));
    const ids = refusedJobs.flatMap(({ id }) => id ?? []);
    if (ids.length === 0) return new Set();
    const stored = await answered(this.#parts.storage.jobs.get(ids));
    return new Set(stored.flatMap((job) => job?.id ?? []));
  }

  /** One event for each queue of a request that refuses something of it. */
  #tell(jobs: readonly Wanting[], refusals: Verdict["refusals"], rooms: Rooms): void {
    const { announcer, clock } = this.#parts;
    const told = new Set<string>();
    jobs.forEach(({ queue, type }, index) => {
      const room = rooms.get(queue);
      if (refusals[index] === undefined || room === undefined || told.has(queue)) return;
      told.add(queue);
      announcer.pressure("backpressure.rejected", pressureOf(queue, room), { job_type: type }, clock.now());
    });
  }
}

/** Job by job, until there is no room. */
function judgeEach(jobs: readonly Wanting[], rooms: Rooms): Verdict {
  const refusals = jobs.map(({ queue }) => {
    const room = rooms.get(queue);
    if (room === undefined) return undefined;
    if (room.depth >= room.bound.maxDepth) return queueFull(pressureOf(queue, room));
    room.depth += 1;
    return undefined;
  });
  return { refusals, pressures: [] };
}

/** A batch that has no room takes none (§9.3). */
function judgeTogether(jobs: readonly Wanting[], rooms: Rooms): Verdict {
  const wanted = new Map<string, number>();
  for (const { queue } of jobs) wanted.set(queue, (wanted.get(queue) ?? 0) + 1);
  const full = [...wanted].filter(([queue, count]) => {
    const room = rooms.get(queue);
    return room !== undefined && room.depth + count > room.bound.maxDepth;
  });
  if (full.length > 0) {
    const errors = new Map(full.map(([queue]) => [queue, queueFull(pressureOf(queue, rooms.get(queue)))]));
    return { refusals: jobs.map(({ queue }) => errors.get(queue)), pressures: [] };
  }
  const pressures = jobs.map(({ queue }) => {
    const room = rooms.get(queue);
    if (room === undefined) return undefined;
    room.depth += 1;
    return isPressing(room, room.bound) ? pressureOf(queue, room) : undefined;
  });
  return { refusals: [], pressures };
}

function pressureOf(queue: string, room: Room | undefined): QueuePressure {
  return { queue, depth: room?.depth ?? 0, bound: room?.bound.maxDepth ?? 0 };
}
