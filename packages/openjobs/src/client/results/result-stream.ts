/**
 * One stream that tells of the ends of all jobs, or workflows, that are waited for. A stream cannot change what it listens to. When it has to
 * tell of more, another one is opened that goes on where it is, and takes its place as soon as it is open.
 */
import { pause } from "../../core/clock.ts";
import { eventStream, type StreamPlace } from "../live/event-stream.ts";
import { readLiveEvent } from "../live/live-event.ts";
import type { SseMessage } from "../live/sse-parser.ts";
import type { RequesterOptions } from "../requester-options.ts";
import { type Channels, isTooWide } from "./channels.ts";
import type { Wait, Waits } from "./wait.ts";
import type { WaitKind } from "./wait-kind.ts";

/** Who is told. */
export interface StreamListener<Outcome> {
  /** It may have ended, or nobody knows: look. */
  look(wait: Wait<Outcome>): void;
  /** There is no stream for these, and why. */
  refused(error: unknown, waits: readonly Wait<Outcome>[]): void;
}

/** Longest rest after a stream that the server had nothing to tell on, though somebody waits. */
const REST_MS = 1_000;

/** A stream. */
interface Listening {
  readonly channels: Channels;
  readonly place: StreamPlace;
  readonly stop: AbortController;
}

/** See above. */
export class ResultStream<Outcome> {
  readonly #settings: RequesterOptions;
  readonly #kind: WaitKind<Outcome>;
  readonly #waits: Waits<Outcome>;
  readonly #listener: StreamListener<Outcome>;
  #current: Listening | undefined;
  #opening: Listening | undefined;
  #isResting = false;

  constructor(
    settings: RequesterOptions,
    kind: WaitKind<Outcome>,
    waits: Waits<Outcome>,
    listener: StreamListener<Outcome>,
  ) {
    this.#settings = settings;
    this.#kind = kind;
    this.#waits = waits;
    this.#listener = listener;
  }

  /** Sees to it that all jobs are told of, whoever came or went. */
  arrange(): void {
    if (this.#waits.size === 0) this.#stop();
    // Whoever has come meanwhile is seen to as soon as it is open.
    if (this.#opening !== undefined || this.#isResting) return;
    const current = this.#current;
    if (current !== undefined) this.#lookAt(this.#coveredBy(current).filter(({ isSure }) => !isSure));
    if (!this.#isWanting(current?.channels)) return;
    const place = { lastId: current?.place.lastId ?? "" };
    this.#opening = { channels: this.#kind.channelsFor(this.#waits), place, stop: new AbortController() };
    void this.#listen(this.#opening);
  }

  /** Jobs that somebody looks at can wait: most of them are not there any more after the look. */
  #isWanting(channels: Channels | undefined): boolean {
    const unseen = [...this.#waits.values()].filter((wait) => !wait.isInSight);
    if (unseen.length > 0 && channels !== undefined && isTooWide(channels, this.#waits)) return true;
    return unseen.some((wait) => channels?.covers(wait) !== true);
  }

  #stop(): void {
    this.#opening?.stop.abort();
    this.#current?.stop.abort();
    this.#opening = undefined;
    this.#current = undefined;
  }

  async #listen(listening: Listening): Promise<void> {
    const { channels, place, stop } = listening;
    const isOver = async (): Promise<boolean> => this.#coveredBy(listening).every(({ isEnding }) => isEnding);
    const request = { operation: "result", path: channels.path, place, isOver };
    try {
      for await (const item of eventStream(this.#settings, request, stop.signal)) {
        if (item.kind === "opened") this.#opened(listening);
        else this.#hear(listening, item.message);
      }
      await this.#over(listening);
    } catch (error) {
      // Whoever stopped it does not want to hear of it.
      if (stop.signal.aborted) return;
      this.#forget(listening);
      this.#listener.refused(error, this.#coveredBy(listening));
    }
  }

  #opened(listening: Listening): void {
    const before = this.#current;
    // Not for the first time, or without knowing where the one before was: what happened in between is not told for certain.
    const isBlind = before === listening || (before !== undefined && before.place.lastId === "");
    this.#opening = undefined;
    this.#current = listening;
    if (before !== listening) before?.stop.abort();
    this.#lookAt(this.#coveredBy(listening).filter(({ isSure }) => isBlind || !isSure));
    this.arrange();
  }

  #hear(listening: Listening, message: SseMessage): void {
    const event = readLiveEvent(message);
    if (event?.kind === "gap") this.#lookAt(this.#coveredBy(listening));
    const ended = event === undefined ? undefined : this.#kind.endedBy(event);
    const wait = ended === undefined ? undefined : this.#waits.get(ended);
    if (wait === undefined) return;
    wait.isEnding = true;
    this.#listener.look(wait);
  }

  /** The server will tell nothing more. If that is not so because all have ended, one look must do, and some rest. */
  async #over(listening: Listening): Promise<void> {
    this.#forget(listening);
    const puzzling = this.#coveredBy(listening).filter(({ isEnding }) => !isEnding);
    this.#lookAt(puzzling);
    if (puzzling.length > 0) {
      const { clock, random } = this.#settings;
      this.#isResting = true;
      await pause(clock, random() * REST_MS);
      this.#isResting = false;
    }
    this.arrange();
  }

  #forget(listening: Listening): void {
    if (this.#current === listening) this.#current = undefined;
    if (this.#opening === listening) this.#opening = undefined;
  }

  #coveredBy({ channels }: Listening): readonly Wait<Outcome>[] {
    return [...this.#waits.values()].filter((wait) => channels.covers(wait));
  }

  #lookAt(waits: readonly Wait<Outcome>[]): void {
    for (const wait of waits) {
      wait.isSure = true;
      this.#listener.look(wait);
    }
  }
}
