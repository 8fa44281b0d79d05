/** Removes finished jobs and workflows when they have been kept long enough: a few at a time, whenever the timer rings. */
import type { Clock } from "../core/clock.ts";
import { FINISHED_KINDS, type FinishedKind, type RetentionTimes } from "../core/retention.ts";
import type { Storage } from "../storage/storage.ts";
import type { Pruned } from "../storage/upkeep.ts";
import type { WorkflowPrune } from "../storage/workflows.ts";

/** What retention needs of an engine. */
export interface RetentionParts {
  readonly storage: Pick<Storage, "upkeep">;
  readonly clock: Clock;
  readonly times: RetentionTimes;
  readonly onError: (error: unknown, context: string) => void;
}

/** Jobs removed in one turn of the event loop; a store that works synchronously stands still for so long. */
const BATCH = 200;

/** How long to wait for more when there was little to remove. */
const SLOWEST_MS = 10_000;

/** And when there was much: a steady stream is removed as steadily as it came, not in waves that others would notice. */
const FASTEST_MS = 100;

/** Finds out by itself how often it has to look. */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #rounds: readonly Round[];
  #untidy = true;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    const { upkeep } = parts.storage;
    this.#rounds = [
      ...FINISHED_KINDS.map((kind) => roundOf(parts.times[kind], (request) => upkeep.prune({ kind, ...request }))),
      ...WORKFLOW_ENDS.map(([state, kind]) =>
        roundOf(parts.times[kind], (request) => upkeep.pruneWorkflows({ state, ...request })),
      ),
    ].flat();
  }

  /** When to sweep again. */
  get next(): number {
    return Math.min(...this.#rounds.map(({ next }) => next), this.#untidy ? this.#parts.clock.now() : Infinity);
  }

  /** Takes one step. Never rejects: what goes wrong is told, and tried again later. */
  async sweep(): Promise<void> {
    const { clock, onError } = this.#parts;
    const now = clock.now();
    try {
      await this.#step(now);
    } catch (error) {
      onError(error, "retention");
      this.#untidy = false;
      for (const round of this.#rounds) round.postpone(now);
    }
  }

  async #step(now: number): Promise<void> {
    const { upkeep } = this.#parts.storage;
    let room = BATCH;
    for (const round of this.#rounds) {
      if (round.next > now || room === 0) continue;
      const pruned = await round.prune({ endedBy: now - round.keepMs, limit: room });
      round.note(pruned.removed, room, pruned.oldest, now);
      room -= pruned.removed;
    }
    const removed = BATCH - room;
    // What is free is for the jobs that come while there is a backlog; the rest can wait.
    if (room > 0 && (this.#untidy || removed > 0)) this.#untidy = await upkeep.tidy();
  }
}

/** How long workflows are kept: as jobs that ended like them. */
const WORKFLOW_ENDS = [
  ["completed", "completed"],
  ["cancelled", "cancelled"],
  ["failed", "discarded"],
] as const satisfies readonly (readonly [WorkflowPrune["state"], FinishedKind])[];

type PruneSome = (request: Pick<WorkflowPrune, "endedBy" | "limit">) => Promise<Pruned>;

function roundOf(keepMs: number | null, prune: PruneSome): readonly Round[] {
  return keepMs === null ? [] : [new Round(keepMs, prune)];
}

/** When to look for one kind of jobs or workflows again. */
class Round {
  readonly keepMs: number;
  readonly prune: PruneSome;
  next: number = Number.NEGATIVE_INFINITY;
  #waitMs = SLOWEST_MS;

  constructor(keepMs: number, prune: PruneSome) {
    this.keepMs = keepMs;
    this.prune = prune;
  }

  /** Learns from what was found. No job can be due before the oldest one, or, if there is none, before one that ends now. */
  note(removed: number, limit: number, oldest: number | undefined, now: number): void {
    if (removed === limit) {
      this.#waitMs = Math.max(FASTEST_MS, this.#waitMs / 2);
      this.next = now;
      return;
    }
    if (removed < BATCH / 4) this.#waitMs = Math.min(SLOWEST_MS, this.#waitMs * 2);
    this.next = Math.max(now + this.#waitMs, (oldest ?? now) + this.keepMs);
  }

  postpone(now: number): void {
    this.next = Math.max(this.next, now + SLOWEST_MS);
  }
}
