import type { JobRecord } from "../../core/job.ts";

/** A stretch of a queue's order. The jobs of several priorities have no `at`; those of one begin behind it, or end with it. */
export interface ClaimRange {
  /** The queue's place in the claim, from 1. */
  readonly place: number;
  readonly queue: string;
  readonly lo: number;
  readonly hi: number;
  readonly at?: number;
  readonly seq?: number;
  /** The part that was passed, which is looked at last. */
  readonly below?: true;
}

interface Mark {
  readonly at: number;
  readonly seq: number;
}

interface QueueMarks {
  /** By priority. */
  readonly marks: Map<number, Mark>;
  /** When the queue is to be read from its beginning again; real time. */
  until: number;
}

/** Jobs may appear before a mark while the clocks or commits of several servers cross; those of the last second are not passed. */
const UNSETTLED_MS = 1_000;
/** How often a queue is read from its beginning whatever the marks say, and what part of the time that may take. */
const LOOK_BACK_MS = 1_000;
const LOOK_BACK_SHARE = 20;
const MAX_LOOK_BACK_MS = 15_000;
/** Beyond these, marks are forgotten: they only save time. */
const MAX_QUEUES = 1_000;
const MAX_PRIORITIES = 16;
const LOWEST = -2_147_483_648;
const HIGHEST = 2_147_483_647;

/**
 * How far each queue has been claimed. While somebody holds a transaction open, PostgreSQL keeps the index entries of all jobs
 * that were claimed since, and a claim from the beginning of a queue would walk over every one of them. So a claim begins where
 * earlier ones ended, and looks at what lies before only when that does not suffice.
 */
export class ClaimMarks {
  readonly #queues = new Map<string, QueueMarks>();
  readonly #realTime: () => number;

  constructor(realTime: () => number = () => performance.now()) {
    this.#realTime = realTime;
  }

  /** The ranges to claim from, in order; they cover each of the queues whole, and no job is in two of them. */
  rangesOf(queues: readonly string[]): readonly ClaimRange[] {
    const now = this.#realTime();
    return queues.flatMap((queue, index) => {
      const known = this.#queues.get(queue);
      if (known !== undefined && known.until <= now) known.marks.clear();
      return rangesBeside(index + 1, queue, known?.marks ?? new Map());
    });
  }

  /**
   * Notes what a claim has brought, once it is committed.
   *
   * @param since The real time when its ranges were asked for.
   */
  note(jobs: readonly JobRecord[], now: number, since: number): void {
    for (const { queue, priority, availableAt, seq } of jobs) {
      if (availableAt > now - UNSETTLED_MS) continue;
      const { marks } = this.#marksOf(queue, since);
      const mark = marks.get(priority);
      if (mark === undefined && marks.size === MAX_PRIORITIES) marks.clear();
      if (mark === undefined || isBehind(mark, availableAt, seq)) marks.set(priority, { at: availableAt, seq });
    }
  }

  /** The present real time, for {@link note}. */
  get realTime(): number {
    return this.#realTime();
  }

  #marksOf(queue: string, since: number): QueueMarks {
    const found = this.#queues.get(queue);
    if (found !== undefined && found.marks.size > 0) return found;
    const now = this.#realTime();
    const wait = Math.max(LOOK_BACK_MS, LOOK_BACK_SHARE * (now - since));
    const fresh = { marks: new Map<number, Mark>(), until: now + Math.min(wait, MAX_LOOK_BACK_MS) };
    if (this.#queues.size >= MAX_QUEUES) this.#queues.clear();
    this.#queues.set(queue, fresh);
    return fresh;
  }
}

function isBehind(mark: Mark, at: number, seq: number): boolean {
  return at > mark.at || (at === mark.at && seq > mark.seq);
}

function rangesBeside(place: number, queue: string, marks: ReadonlyMap<number, Mark>): readonly ClaimRange[] {
  const ranges: ClaimRange[] = [];
  let hi = HIGHEST;
  const inOrder = [...marks].sort(([a], [b]) => b - a);
  for (const [priority, mark] of inOrder) {
    if (priority < hi) ranges.push({ place, queue, lo: priority + 1, hi });
    ranges.push({ place, queue, lo: priority, hi: priority, ...mark });
    hi = priority - 1;
  }
  ranges.push({ place, queue, lo: LOWEST, hi });
  for (const [priority, mark] of inOrder)
    ranges.push({ place, queue, lo: priority, hi: priority, ...mark, below: true });
  return ranges;
}
