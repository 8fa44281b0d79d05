/**
 * Limited work in a store that has one process to itself: which lanes there are, what runs under each key and what has
 * started. It is kept in memory, because all of it follows from what is stored; a driver adds the first jobs of lanes.
 */
import type { JobRecord, JsonText } from "../core/job.ts";
import { limitOfLane } from "../core/lane.ts";
import { areForgotten, countsStarts, NO_STARTS, permitsOf, type Starts, withStart } from "../core/permits.ts";
import type { RateLimit } from "../core/rate-limit.ts";
import { byClaimOrder, type Place } from "./claim-order.ts";
import { type Lane, QueueLanes } from "./queue-lanes.ts";
import type { Opening } from "./storage.ts";
import type { LaneMove } from "./tally.ts";

/** The jobs of a queue as a claim finds them; each method answers the same job until it is taken. */
export interface Line {
  /** The first of the plain line. */
  plain(): JobRecord | undefined;
  /** The first of this lane. No more than `wanted` of it will be taken from now on. */
  inLane(lane: JsonText, wanted: number): JobRecord | undefined;
  take(job: JobRecord): void;
}

/** What a board is made of. */
export interface LaneFacts {
  /** One for each lane that has available jobs. */
  readonly lanes: Iterable<{ readonly queue: string; readonly lane: JsonText }>;
  /** Active jobs that are in lanes. */
  readonly running: Iterable<{ readonly id: string; readonly lane: JsonText }>;
  readonly starts: Iterable<readonly [key: string, starts: Starts]>;
}

/** Everything about one key. */
interface Key {
  active: number;
  starts: Starts;
  /** Lanes that wait for one of its jobs to end, with their queues. */
  readonly held: Map<Lane, string>;
}

/** Before every job. */
const FOREMOST: Place = { priority: Infinity, availableAt: -Infinity, seq: 0 };

/** What most groups have to say. */
const NONE: readonly never[] = [];

/** How often starts that nobody asks about any more are looked for. */
const SWEEP_MS = 60_000;

export class LaneBoard {
  readonly #queues = new Map<string, QueueLanes>();
  readonly #keys = new Map<string, Key>();
  /** Keys of the running jobs in lanes, by their ids. */
  readonly #running = new Map<string, string>();
  /** Queues about which there is news for the engine. */
  readonly #touched = new Set<string>();
  /** Keys whose starts have changed. */
  readonly #started = new Set<string>();
  #sweptAt = 0;
  #inDoubt = false;

  /** After {@link doubt}: then it has to be loaded before it is used. */
  get isInDoubt(): boolean {
    return this.#inDoubt;
  }

  /** What was noted here has not happened, or nobody knows. */
  doubt(): void {
    this.#inDoubt = true;
  }

  /** Replaces everything that is known. */
  load({ lanes, running, starts }: LaneFacts): void {
    this.#inDoubt = false;
    for (const part of [this.#queues, this.#keys, this.#running, this.#touched, this.#started]) part.clear();
    for (const [key, known] of starts) this.#key(key).starts = known;
    for (const { queue, lane } of lanes) this.#enter(queue, lane, FOREMOST);
    for (const { id, lane } of running) this.#begin(id, limitOfLane(lane).key);
  }

  /** Whether limited jobs wait in this queue; when not, a claim need not ask any further. */
  has(queue: string): boolean {
    return this.#queues.has(queue);
  }

  /** The starts of all keys that have any. */
  *starts(): IterableIterator<readonly [key: string, starts: Starts]> {
    for (const [key, { starts }] of this.#keys) if (starts !== NO_STARTS) yield [key, starts];
  }

  /** The recent starts of a key. */
  startsOf(key: string): Starts {
    return this.#keys.get(key)?.starts ?? NO_STARTS;
  }

  /** Limited jobs have changed. */
  follow(moves: readonly LaneMove[]): void {
    for (const { before, after } of moves) {
      if (before?.state === "active" && after?.state !== "active") this.ended(before.id);
      if (before?.state !== "active" && after?.state === "active" && after.lane !== null) {
        this.#begin(after.id, limitOfLane(after.lane).key);
      }
      if (after?.state === "available" && after.lane !== null) this.#enter(after.queue, after.lane, after);
    }
  }

  /** A running job, in a lane or not, runs no more. */
  ended(id: string): void {
    const name = this.#running.get(id);
    if (name === undefined) return;
    this.#running.delete(id);
    const key = this.#key(name);
    key.active -= 1;
    for (const [lane, queue] of key.held) {
      this.#queues.get(queue)?.open(lane);
      this.#touched.add(queue);
    }
    key.held.clear();
  }

  /** Takes up to `limit` jobs of a queue that {@link has} lanes, each as its place and its limits say. */
  pick(queue: string, limit: number, now: number, line: Line): void {
    const lanes = this.#queues.get(queue);
    if (lanes === undefined) return;
    this.#touched.add(queue);
    lanes.openDue(now);
    let left = limit;
    while (left > 0) {
      const lane = lanes.first();
      const plain = line.plain();
      if (lane === undefined || (plain !== undefined && byClaimOrder(plain, lane.place) < 0)) {
        if (plain === undefined) break;
        line.take(plain);
      } else {
        const job = this.#offer({ queue, lanes, lane }, left, now, line);
        if (job === undefined) continue;
        line.take(job);
        this.#start(lane.limit, job.id, now);
      }
      left -= 1;
    }
    if (lanes.isEmpty) this.#queues.delete(queue);
  }

  /** Whether a job that was chosen may start by its limits, which then count it. */
  admits({ id, lane }: JobRecord, now: number): boolean {
    if (lane === null) return true;
    const limit = limitOfLane(lane);
    if (permitsOf(limit, this.#key(limit.key), now).free <= 0) return false;
    this.#start(limit, id, now);
    return true;
  }

  /** What the engine has to know after this group; undefined when there is nothing. */
  openings(now: number): readonly Opening[] | undefined {
    if (this.#touched.size === 0) return undefined;
    const openings = Array.from(this.#touched, (queue) => ({
      queue,
      at: this.#queues.get(queue)?.opening(now) ?? null,
    }));
    this.#touched.clear();
    return openings;
  }

  /** The starts to be stored with this group, by key; null = there is nothing to remember any more. */
  changedStarts(now: number): readonly (readonly [key: string, starts: Starts | null])[] {
    if (this.#started.size === 0) return NONE;
    const changed = Array.from(this.#started, (key): [string, Starts | null] => [key, this.#key(key).starts]);
    this.#started.clear();
    if (now - this.#sweptAt < SWEEP_MS) return changed;
    this.#sweptAt = now;
    return [...changed, ...this.#sweep(now)];
  }

  /** The first job of the lane; undefined when there is none to be had now, or when it is not its turn after all. */
  #offer(
    { queue, lanes, lane }: { readonly queue: string; readonly lanes: QueueLanes; readonly lane: Lane },
    wanted: number,
    now: number,
    line: Line,
  ): JobRecord | undefined {
    const key = this.#key(lane.limit.key);
    const { free, opensAt } = permitsOf(lane.limit, key, now);
    if (free <= 0) {
      lanes.close(lane, opensAt);
      if (opensAt === null) key.held.set(lane, queue);
      return undefined;
    }
    const job = line.inLane(lane.text, Math.min(free, wanted));
    if (job === undefined) lanes.drop(lane);
    else if (byClaimOrder(lane.place, job) < 0) lanes.move(lane, job);
    else return job;
    return undefined;
  }

  #start(limit: RateLimit, id: string, now: number): void {
    const key = this.#begin(id, limit.key);
    if (!countsStarts(limit)) return;
    key.starts = withStart(key.starts, limit, now);
    this.#started.add(limit.key);
  }

  #begin(id: string, name: string): Key {
    const key = this.#key(name);
    key.active += 1;
    this.#running.set(id, name);
    return key;
  }

  #enter(queue: string, lane: JsonText, place: Place): void {
    let lanes = this.#queues.get(queue);
    if (lanes === undefined) {
      lanes = new QueueLanes();
      this.#queues.set(queue, lanes);
    }
    lanes.enter(lane, place);
  }

  #key(name: string): Key {
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = { active: 0, starts: NO_STARTS, held: new Map() };
      this.#keys.set(name, key);
    }
    return key;
  }

  /** A key that nothing is known of is as good as none. */
  *#sweep(now: number): IterableIterator<[key: string, starts: null]> {
    for (const [name, { active, starts, held }] of this.#keys) {
      if (active > 0 || held.size > 0 || !areForgotten(starts, now)) continue;
      this.#keys.delete(name);
      if (starts !== NO_STARTS) yield [name, null];
    }
  }
}
