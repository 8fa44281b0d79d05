import { JOB_STATES, type JobState } from "../../core/job.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest, QueueActivity, QueueRecord, QueueTotals } from "../storage.ts";
import {
  ACTIVITY_KEPT_MS,
  addActivity,
  minuteOf,
  noActivity,
  noCounts,
  type QueueDelta,
  sumOf,
  type Tally,
} from "../tally.ts";
import type { Journal } from "./journal.ts";
import { SortedList } from "./sorted-list.ts";
import { byText } from "./text-order.ts";

interface Queue {
  readonly name: string;
  readonly createdAt: number;
  pausedAt: number | null;
  readonly counts: Record<JobState, number>;
  deadLetters: number;
  /** By minute, oldest first. */
  readonly activity: Map<number, ReturnType<typeof noActivity>>;
}

/** The queues with their counters and their activity by the minute. */
export class QueueTable {
  readonly #queues = new Map<string, Queue>();
  readonly #names = new SortedList<string>(byText);

  isPaused(name: string): boolean {
    return this.#queues.get(name)?.pausedAt != null;
  }

  /** Makes sure that the queue exists. */
  touch(name: string, now: number, journal: Journal): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = newQueue(name, now);
    journal.note(() => this.#forget(name));
    this.#queues.set(name, queue);
    this.#names.add(name);
    return queue;
  }

  /** Pauses or resumes; a queue that is paused twice keeps the time of the first. */
  pause(name: string, paused: boolean, now: number, journal: Journal): void {
    const queue = this.touch(name, now, journal);
    const before = queue.pausedAt;
    journal.note(() => {
      queue.pausedAt = before;
    });
    queue.pausedAt = paused ? (before ?? now) : null;
  }

  /** Books what a commit did. Cannot fail, so it comes last and needs no journal. */
  book(tally: Tally, now: number): void {
    for (const delta of tally.deltas()) {
      const queue = this.#queues.get(delta.queue);
      if (queue === undefined) continue;
      for (const state of JOB_STATES) queue.counts[state] += delta.counts[state];
      queue.deadLetters += delta.deadLetters;
      bookActivity(queue, delta, now);
    }
  }

  get(name: string): QueueRecord | undefined {
    const queue = this.#queues.get(name);
    return queue === undefined ? undefined : recordOf(queue);
  }

  page(request: PageRequest): Page<QueueRecord> {
    const start = this.#startOf(request.after) + (request.offset ?? 0);
    const names = this.#names.slice(start, start + request.limit + 1);
    const page = toPage(names, request.limit, this.#names.size, (name) => [name]);
    return { ...page, items: page.items.map((name) => this.get(name)).filter((queue) => queue !== undefined) };
  }

  activity(name: string, since: number): QueueActivity {
    const sum = noActivity();
    const from = minuteOf(since);
    for (const [minute, activity] of this.#queues.get(name)?.activity ?? []) {
      if (minute >= from) addActivity(sum, activity);
    }
    return sum;
  }

  /** The sums over all queues; activity from the minute of `since` on. */
  totals(since: number): QueueTotals {
    const activity = noActivity();
    for (const name of this.#queues.keys()) addActivity(activity, this.activity(name, since));
    return { ...sumOf(this.#queues.values()), activity };
  }

  #startOf(after: string | undefined): number {
    if (after === undefined) return 0;
    const [name] = decodeCursor(after, ["string"]);
    return this.#names.countBelow(name) + (this.#queues.has(name) ? 1 : 0);
  }

  #forget(name: string): void {
    this.#queues.delete(name);
    this.#names.remove(name);
  }
}

function newQueue(name: string, createdAt: number): Queue {
  return { name, createdAt, pausedAt: null, counts: noCounts(), deadLetters: 0, activity: new Map() };
}

function recordOf({ name, createdAt, pausedAt, counts, deadLetters }: Queue): QueueRecord {
  return { name, createdAt, pausedAt, counts: { ...counts }, deadLetters };
}

function bookActivity(queue: Queue, { activity }: QueueDelta, now: number): void {
  if (activity.started + activity.completed + activity.failed === 0) return;
  const minute = minuteOf(now);
  const bucket = queue.activity.get(minute) ?? noActivity();
  addActivity(bucket, activity);
  queue.activity.set(minute, bucket);
  dropOldActivity(queue, minuteOf(now - ACTIVITY_KEPT_MS));
}

/** Minutes are added in the order of time, so the loop ends at the first one that is kept. */
function dropOldActivity({ activity }: Queue, oldestKept: number): void {
  for (const minute of activity.keys()) {
    if (minute >= oldestKept) return;
    activity.delete(minute);
  }
}
