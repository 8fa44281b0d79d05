/**
 * Limits of single queues and types inside of a worker (docs/adr/033-what-a-handler-can-do.md). A fetch asks for no job that the
 * worker could not run: full queues are left out of it, and it asks for no more than the fullest of its queues has room for.
 */
import type { Holding } from "./holdings.ts";
import type { Wanted } from "./protocol.ts";

/** What a fetch asks for. */
export interface Ask extends Wanted {
  /** The limits that it takes room of, until it is answered. */
  readonly limits: readonly Limit[];
}

/** Jobs of which the worker holds so many at most. */
export interface Limit {
  /** How many may be held. */
  cap: number;
  /** How many may run; the others wait. */
  running: { max: number; now: number } | undefined;
  /** Held until their handler ends. */
  held: number;
  /** Asked for, and not answered yet. */
  asked: number;
  /** Where such jobs come from. */
  readonly queues: Set<string>;
}

/** One more than may run: that it waits proves that the next jobs of its queue cannot run either, more would be held in vain. */
const MAY_WAIT = 1;

/** All limits of a worker. Costs nothing while there are none. */
export class Quotas {
  readonly #queues: readonly string[];
  readonly #byQueue = new Map<string, Limit>();
  readonly #byType = new Map<string, Limit>();
  /** Both of them. */
  #limits: readonly Limit[] = [];
  /** Of held jobs that have some. */
  readonly #ofHolding = new Map<Holding, readonly Limit[]>();
  readonly #unlimited: (count: number) => Ask;

  constructor(queues: readonly string[], concurrencyOf: ReadonlyMap<string, number>) {
    this.#queues = queues;
    this.#unlimited = (count) => ({ count, queues, isPartial: false, limits: [] });
    for (const [queue, max] of concurrencyOf) this.#byQueue.set(queue, limitOf(max, undefined, [queue]));
    this.#relist();
  }

  /** How many jobs of a type may run; undefined = as many as there are slots. Jobs that run already go on. */
  limitType(type: string, max: number | undefined): void {
    const before = this.#byType.get(type);
    if (before !== undefined) {
      const to = max ?? Number.POSITIVE_INFINITY;
      before.cap = to + MAY_WAIT;
      before.running = { max: to, now: before.running?.now ?? 0 };
    } else if (max !== undefined) {
      this.#byType.set(type, limitOf(max + MAY_WAIT, { max, now: 0 }, []));
    }
    this.#relist();
  }

  /** What to ask for with so many free slots; undefined = nothing. Every ask has to be answered. */
  ask(free: number): Ask | undefined {
    if (free <= 0) return undefined;
    if (this.#limits.length === 0) return this.#unlimited(free);
    const full = this.#limits.filter((limit) => roomOf(limit) <= 0);
    const queues = this.#queues.filter((queue) => !full.some((limit) => limit.queues.has(queue)));
    if (queues.length === 0) return undefined;
    const limits = this.#limits.filter((limit) => queues.some((queue) => limit.queues.has(queue)));
    const count = Math.min(free, ...limits.map(roomOf));
    for (const limit of limits) limit.asked += count;
    return { count, queues, isPartial: queues.length < this.#queues.length, limits };
  }

  /** The ask is over, whatever came of it. */
  answered({ count, limits }: Ask): void {
    for (const limit of limits) limit.asked -= count;
  }

  /** Whether a job that came may be held; it is counted then, until it is released. */
  admit(holding: Holding): boolean {
    if (this.#limits.length === 0) return true;
    const { queue, type } = holding.job;
    const limits = [this.#byQueue.get(queue), this.#byType.get(type)].filter((limit) => limit !== undefined);
    // Seen here, so this type is to be expected from this queue from now on.
    for (const limit of limits) limit.queues.add(queue);
    if (limits.some(({ held, cap }) => held >= cap)) return false;
    for (const limit of limits) limit.held += 1;
    if (limits.length > 0) this.#ofHolding.set(holding, limits);
    return true;
  }

  /** Whether a held job may run now, as far as its type is concerned. */
  mayStart(holding: Holding): boolean {
    return (
      this.#limits.length === 0 ||
      this.#of(holding).every(({ running }) => running === undefined || running.now < running.max)
    );
  }

  started(holding: Holding): void {
    if (this.#limits.length === 0) return;
    for (const { running } of this.#of(holding)) if (running !== undefined) running.now += 1;
  }

  /** Its handler has ended, or it is handed back; `hasRun` = it was started. */
  released(holding: Holding, hasRun: boolean): void {
    if (this.#limits.length === 0) return;
    for (const limit of this.#of(holding)) {
      limit.held -= 1;
      if (hasRun && limit.running !== undefined) limit.running.now -= 1;
    }
    this.#ofHolding.delete(holding);
  }

  #of(holding: Holding): readonly Limit[] {
    return this.#ofHolding.get(holding) ?? [];
  }

  #relist(): void {
    this.#limits = [...this.#byQueue.values(), ...this.#byType.values()];
  }
}

function limitOf(cap: number, running: Limit["running"], queues: readonly string[]): Limit {
  return { cap, running, held: 0, asked: 0, queues: new Set(queues) };
}

function roomOf({ cap, held, asked }: Limit): number {
  return cap - held - asked;
}
