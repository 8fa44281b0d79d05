/** All readers who want the same events: what they are sent is found and written once. */
import { type EventEntry, wantsType } from "../../core/events.ts";
import { channelName } from "../../core/live/channel.ts";
import type { LiveEvent } from "../../core/live/live-event.ts";
import { isTerminal } from "../../core/states.ts";
import { Batch } from "./batch.ts";
import type { Reader } from "./reader.ts";
import type { Sighting } from "./sighting.ts";
import { jobsOf, pick, type Wanted } from "./wanted.ts";

/** Some readers and what is to be sent to them next. */
export class Topic {
  readonly wanted: Wanted;
  readonly readers: Set<Reader> = new Set();
  /** Jobs that are listened to and may still change; undefined = something else is listened to, too. */
  readonly #open: Set<string> | undefined;
  #pending: LiveEvent[] = [];
  #seen = -1;

  constructor(wanted: Wanted) {
    this.wanted = wanted;
    const jobs = jobsOf(wanted);
    this.#open = jobs.length === wanted.channels.length ? new Set(jobs) : undefined;
  }

  /** How many events wait. */
  get size(): number {
    return this.#pending.length;
  }

  /** Whether nothing more can come: all jobs have ended. */
  get isOver(): boolean {
    return this.#open?.size === 0;
  }

  /** Its channels in words. */
  get name(): string {
    return this.wanted.channels.map(channelName).join(",");
  }

  /** The jobs that it ends with. */
  get openJobs(): readonly string[] {
    return [...(this.#open ?? [])];
  }

  /** Something that all readers have to know. */
  tell(event: LiveEvent): void {
    this.#pending.push(event);
  }

  /** A job has ended, and this is the change of state. */
  tellEnd(change: LiveEvent, jobId: string): void {
    if (wantsType(this.wanted.filter, change.type)) this.#pending.push(change);
    this.ended(jobId);
  }

  /** A job is known to have ended. */
  ended(jobId: string): void {
    this.#open?.delete(jobId);
  }

  /** Something has happened on one of the channels. */
  see(sighting: Sighting): void {
    // It may be on two of the channels.
    if (this.#seen === sighting.place) return;
    this.#seen = sighting.place;
    for (const event of pick(sighting, this.wanted)) this.#pending.push(event);
    this.#follow(sighting.entry);
  }

  /** Sends what waits, and says goodbye if it was the last. */
  flush(): void {
    if (this.#pending.length > 0) {
      const batch = new Batch(this.#pending);
      this.#pending = [];
      for (const reader of this.readers) reader.take(batch);
    }
    if (this.isOver) for (const reader of this.readers) reader.end();
  }

  #follow({ subject, to }: EventEntry): void {
    if (this.#open === undefined || to === null) return;
    if (isTerminal(to)) this.#open.delete(subject);
    else this.#open.add(subject);
  }
}
