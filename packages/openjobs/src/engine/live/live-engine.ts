/** Live events: who listens is told what happens while it happens (ojs-realtime). */
import type { EventFilter } from "../../core/events.ts";
import type { Channel } from "../../core/live/channel.ts";
import type { Listening, Receiver } from "./reader.ts";

export type { Batch, WriteEvent } from "./batch.ts";
export type { Listening, Receiver } from "./reader.ts";

/** How much live events may take. */
export interface LiveLimits {
  /** Readers at the same time. */
  readonly readers: number;
  /** Events that wait for a slow one. */
  readonly waiting: number;
}

/** Who wants to listen, and to what. */
export interface ListenRequest {
  readonly channels: readonly Channel[];
  readonly filter: EventFilter;
  /** Id of the last event that was seen, to go on behind it. */
  readonly after?: string;
}

/** A place that was found for a reader. */
export interface Subscription {
  /** Whether there is nothing to tell and never will be: all jobs have ended, and the reader knows it. */
  readonly isOver: boolean;
  /**
   * Id of the place behind which it begins: where a reader goes on who has seen nothing yet. None for a reader who has to be told
   * of jobs that ended before: whoever comes back with a place is not told of them.
   */
  readonly place: string | undefined;
  /** Begins to send; may call the receiver before it returns. */
  begin(receiver: Receiver): Listening;
}

/** The live part of an engine. */
export interface LiveEngine {
  /**
   * Finds out what a reader has missed, for `begin`. A reader of jobs only is told of their ends, also of those before, and
   * ended with the last.
   *
   * @throws OjsError `not_found` for a job that does not exist, `rate_limited` when too many listen.
   */
  subscribe(request: ListenRequest): Promise<Subscription>;
  /** Whether a reader who has seen this event last could go on behind it. */
  knows(eventId: string): boolean;
  /** Tells everybody who listens that it will be ended after so many milliseconds. */
  announceEnd(graceMs: number): void;
  /** Sends what is left and ends everybody who listens. */
  endReaders(): void;
}
