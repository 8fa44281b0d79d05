/**
 * Live events across the servers on one store (docs/adr/019-live-events.md). A server that has readers says so, and says it again
 * as long as it has; while somebody has said so, the others tell what they do. While nobody listens anywhere, nothing is
 * sent and nothing is kept.
 */
import type { Clock } from "../../core/clock.ts";
import type { Signals } from "../../storage/signals.ts";
import type { EventLog } from "../event-log.ts";
import { EventOutbox } from "./event-outbox.ts";
import { readEvent } from "./event-text.ts";
import { LIVE_SIGNAL, readLiveSignal, writeLiveSignal } from "./live-signal.ts";

/** How often a server says that it listens: one that has just been started hears of it then. */
const SAY_MS = 2_000;

/** Who has not said so for so long listens no more. */
const BELIEVED_MS = 10_000;

/** So often a server without readers goes on saying so. */
const ROUNDS_ALONE = 30;

/** The readers of this server. */
export interface RelayAudience {
  /** How many there are. */
  readonly size: number;
  /** They miss so many events of other servers; undefined = nobody knows. */
  missed(count: number | undefined): void;
}

/** What the relay works with. */
export interface RelayParts {
  readonly signals: Signals | undefined;
  readonly clock: Clock;
  readonly log: EventLog;
}

/** The events of the other servers, and ours for them. */
export class EventRelay {
  readonly #parts: RelayParts;
  readonly #outbox: EventOutbox;
  /** Until when somebody elsewhere listens, as far as is known. */
  #heededUntil = Number.NEGATIVE_INFINITY;
  #stopTelling: (() => void) | undefined;
  #stopSaying: (() => void) | undefined;
  #begun = 0;
  #roundsAlone = 0;
  #audience: RelayAudience | undefined;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#outbox = new EventOutbox(parts.signals, parts.clock);
  }

  /** Whether other servers may do something that is not known here by itself. */
  get company(): boolean {
    return this.#parts.signals?.company ?? false;
  }

  /** From where on the log has the events of the others as well. */
  get wholeFrom(): number {
    return this.company ? this.#begun : 0;
  }

  /** Whom the events of other servers are for. */
  hearFor(audience: RelayAudience): void {
    this.#audience = audience;
  }

  /** Something was said by another server; answers whether it was about live events. */
  heard(text: string): boolean {
    if (!text.startsWith(LIVE_SIGNAL)) return false;
    const { listens, lost, events } = readLiveSignal(text);
    if (listens) this.#heed();
    if (this.#isListening) this.#take(events, lost);
    return true;
  }

  /** Something that was said may not have been heard. */
  missed(): void {
    if (this.#isListening) this.#audience?.missed(undefined);
  }

  /** Listens no more, and tells what is left. */
  async leave(): Promise<void> {
    this.#stopTelling?.();
    this.#stopSaying?.();
    await this.#outbox.close();
  }

  /** There is a reader, or will be. Resolves when the others have been told. */
  async listen(): Promise<void> {
    this.#roundsAlone = 0;
    if (this.#parts.signals === undefined || this.#isListening) return;
    this.#begun = this.#parts.log.total;
    await this.#say();
  }

  get #isListening(): boolean {
    return this.#stopSaying !== undefined;
  }

  #say(): Promise<void> {
    const { clock } = this.#parts;
    this.#stopSaying?.();
    this.#stopSaying = clock.schedule(clock.now() + SAY_MS, () => void this.#sayAgain());
    return this.#publish({ listens: true });
  }

  /** Readers come back after a break of their connection, and want what has happened meanwhile. */
  #sayAgain(): Promise<void> {
    this.#roundsAlone = this.#audience?.size === 0 ? this.#roundsAlone + 1 : 0;
    if (this.#roundsAlone <= ROUNDS_ALONE) return this.#say();
    this.#stopSaying = undefined;
    return Promise.resolve();
  }

  async #publish(said: Parameters<typeof writeLiveSignal>[0]): Promise<void> {
    // What is lost is said again, or found by looking at the jobs.
    await this.#parts.signals?.publish(writeLiveSignal(said)).catch(() => undefined);
  }

  #take(events: readonly unknown[], lost: number): void {
    if (lost > 0) this.#audience?.missed(lost);
    for (const said of events) {
      const entry = readEvent(said);
      if (entry !== undefined) this.#parts.log.append(entry);
    }
  }

  /** From now on the others are told. */
  #heed(): void {
    const { clock, log } = this.#parts;
    this.#heededUntil = clock.now() + BELIEVED_MS;
    this.#stopTelling ??= log.listen((entry) => {
      if (entry.isForeign) return;
      if (clock.now() <= this.#heededUntil) this.#outbox.add(entry);
      else {
        this.#stopTelling?.();
        this.#stopTelling = undefined;
      }
    });
  }
}
