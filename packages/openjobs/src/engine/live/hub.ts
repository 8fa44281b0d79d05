/**
 * Live events of this server (docs/adr/019-live-events.md): from the log to everybody who listens. While nobody does, the
 * log does not know of it.
 */
import type { Clock } from "../../core/clock.ts";
import type { EventEntry } from "../../core/events.ts";
import type { JobRecord } from "../../core/job.ts";
import { gapOf, type LiveEvent, serverShutdown, stateChanged } from "../../core/live/live-event.ts";
import { bootOf, liveId, numberOf } from "../../core/live/live-id.ts";
import type { EventLog } from "../event-log.ts";
import { Batch } from "./batch.ts";
import { changeToEnd } from "./end-of-job.ts";
import { type Listening, Reader, type Receiver } from "./reader.ts";
import { Sighting } from "./sighting.ts";
import type { Topic } from "./topic.ts";
import { Topics } from "./topics.ts";
import type { Wanted } from "./wanted.ts";

/** What the hub works with. */
export interface HubParts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Events that may wait for a slow reader. */
  readonly bound: number;
  /** Called with every sign of life, while somebody listens. */
  readonly onBeat: () => void;
}

/** At least once in 15 s (ojs-realtime §2.4), whatever was sent meanwhile. */
const BEAT_MS = 14_000;

/** The first event goes at once; on a busy server those of so many milliseconds go together. */
const SPACING_MS = 10;

/** So many events are sent even before their time. */
const FULL = 5_000;

/** Everybody who listens. */
export class Hub {
  /** What the ids of this run of the server begin with. */
  readonly boot: string;
  readonly #parts: HubParts;
  readonly #topics = new Topics();
  readonly #readers = new Map<Reader, Topic>();
  readonly #dirty = new Set<Topic>();
  #scheduled = false;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #stopBeat: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.boot = bootOf(parts.newId());
  }

  /** How many readers there are. */
  get size(): number {
    return this.#readers.size;
  }

  /** Number of the last event that there has been. */
  get number(): number {
    return numberOf(this.#parts.log.total) - 1;
  }

  /**
   * Sends a reader what it has missed, and from then on what happens.
   *
   * @param ended Jobs that are known to have ended.
   */
  listen(wanted: Wanted, receiver: Receiver, missed: readonly LiveEvent[], ended: readonly string[]): Listening {
    const topic = this.#topics.open(wanted);
    // What waits has been there before this reader, who gets it with what it has missed.
    this.#flush(topic);
    for (const id of ended) topic.ended(id);
    const { clock, bound } = this.#parts;
    const reader = new Reader(receiver, { channel: topic.name, bound, now: () => clock.now() });
    this.#enter(reader, topic);
    if (missed.length > 0) reader.take(new Batch(missed));
    if (topic.isOver) this.#flush(topic);
    return { ready: () => reader.ready(), leave: () => this.#leave(reader) };
  }

  /** Jobs that somebody waits for the end of. */
  get openJobs(): ReadonlySet<string> {
    return new Set([...this.#readers.values()].flatMap((topic) => topic.openJobs));
  }

  /** A job has ended without an event that would have told so. */
  ended(job: JobRecord): void {
    const change = changeToEnd(job, this.#parts.clock.now());
    const event = stateChanged(liveId({ boot: this.boot, number: this.number }), change);
    for (const topic of new Set(this.#readers.values())) {
      if (!topic.openJobs.includes(job.id)) continue;
      topic.tellEnd(event, job.id);
      this.#dirty.add(topic);
    }
    this.#schedule();
  }

  /** Readers miss something that happened since then. */
  missed(from: number, missed: number | undefined): void {
    const id = liveId({ boot: this.boot, number: this.number });
    const to = this.#parts.clock.now();
    for (const topic of new Set(this.#readers.values())) {
      topic.tell(gapOf(id, topic.name, missed === undefined ? { from, to } : { from, to, missed }, to));
      this.#dirty.add(topic);
    }
    this.#schedule();
  }

  /** Tells all readers that their connections will be ended after so many milliseconds. */
  announceEnd(graceMs: number): void {
    this.flush();
    const id = liveId({ boot: this.boot, number: this.number });
    const batch = new Batch([serverShutdown(id, graceMs, this.#parts.clock.now())]);
    for (const reader of this.#readers.keys()) reader.take(batch);
  }

  /** Ends all readers, after what has happened so far. */
  end(): void {
    this.flush();
    for (const reader of [...this.#readers.keys()]) {
      this.#leave(reader);
      reader.end();
    }
  }

  /** Sends everything that waits. */
  flush(): void {
    this.#scheduled = false;
    this.#flushedAt = this.#parts.clock.now();
    for (const topic of [...this.#dirty]) this.#flush(topic);
  }

  #heard(entry: EventEntry, place: number): void {
    const sighting = new Sighting(entry, place, this.boot);
    this.#topics.eachAbout(entry, (topic) => {
      topic.see(sighting);
      this.#dirty.add(topic);
      if (topic.size >= FULL) this.#flush(topic);
    });
    if (this.#dirty.size > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const { clock } = this.#parts;
    const at = this.#flushedAt + SPACING_MS;
    const flush = (): void => {
      if (this.#scheduled) this.flush();
    };
    // After the answers to those who made it happen.
    if (at <= clock.now()) setImmediate(flush);
    else clock.schedule(at, flush);
  }

  #flush(topic: Topic): void {
    this.#dirty.delete(topic);
    topic.flush();
    if (!topic.isOver) return;
    for (const reader of [...topic.readers]) this.#leave(reader);
  }

  #enter(reader: Reader, topic: Topic): void {
    topic.readers.add(reader);
    this.#readers.set(reader, topic);
    if (this.#readers.size > 1) return;
    this.#stopListening = this.#parts.log.listen((entry, place) => this.#heard(entry, place));
    this.#beatLater();
  }

  #leave(reader: Reader): void {
    const topic = this.#readers.get(reader);
    if (topic === undefined) return;
    this.#readers.delete(reader);
    topic.readers.delete(reader);
    if (topic.readers.size === 0) {
      this.#topics.close(topic);
      this.#dirty.delete(topic);
    }
    if (this.#readers.size > 0) return;
    this.#stopListening?.();
    this.#stopBeat?.();
  }

  #beatLater(): void {
    const { clock } = this.#parts;
    this.#stopBeat = clock.schedule(clock.now() + BEAT_MS, () => {
      this.#beatLater();
      for (const reader of [...this.#readers.keys()]) reader.beat();
      this.#parts.onBeat();
    });
  }
}
