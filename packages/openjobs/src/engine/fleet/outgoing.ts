/**
 * What this server tells the others: collected while a commit is announced, sent outside of it and without anybody waiting.
 * Nothing is kept while there is nobody to hear.
 */
import type { Clock } from "../../core/clock.ts";
import type { Signals } from "../../storage/signals.ts";
import { type Signal, writeSignal } from "./signal.ts";

/** At most one signal in so long: the first goes at once, and a busy server sends a hundred a second, whatever it does. */
const SPACING_MS = 10;

/** Signals on their way out. */
export class Outgoing {
  readonly #signals: Signals | undefined;
  readonly #clock: Clock;
  #queues = new Map<string, number>();
  #jobsDueAt = Number.POSITIVE_INFINITY;
  #cronsDueAt = Number.POSITIVE_INFINITY;
  #settings = false;
  #asks: string[] = [];
  #knows: string[] = [];
  /** Whether a signal is to be sent or is being sent; what comes meanwhile goes with the next. */
  #busy = false;
  #waiting = false;
  #lastSent: Promise<void> = Promise.resolve();
  #sentAt = Number.NEGATIVE_INFINITY;

  /** Without `signals` nobody else can be on the store, and everything here does nothing. */
  constructor(signals: Signals | undefined, clock: Clock) {
    this.#signals = signals;
    this.#clock = clock;
  }

  /** Whether there is anybody to tell. */
  get company(): boolean {
    return this.#signals?.company ?? false;
  }

  /** Jobs have become available for which nobody waits here. */
  available(queue: string, count: number): void {
    if (!this.company) return;
    this.#queues.set(queue, (this.#queues.get(queue) ?? 0) + count);
    this.#schedule();
  }

  /** A job is due sooner than any that this server knew of. */
  jobDue(at: number): void {
    if (!this.company) return;
    this.#jobsDueAt = Math.min(this.#jobsDueAt, at);
    this.#schedule();
  }

  /** The same of a cron job. */
  cronDue(at: number): void {
    if (!this.company) return;
    this.#cronsDueAt = Math.min(this.#cronsDueAt, at);
    this.#schedule();
  }

  /** Settings of a queue were changed. */
  settingsChanged(): void {
    if (!this.company) return;
    this.#settings = true;
    this.#schedule();
  }

  /** Asks all others to say that they have read the settings, and answers how many they are. */
  ask(question: string): number {
    if (!this.company) return 0;
    this.#asks.push(question);
    this.settingsChanged();
    return this.#signals?.others ?? 0;
  }

  /** Answers questions of others. */
  know(questions: readonly string[]): void {
    if (questions.length === 0 || !this.company) return;
    this.#knows.push(...questions);
    this.#schedule();
  }

  /** Sends what is left: a server that stops has given back what its workers had not begun. */
  async close(): Promise<void> {
    if (this.#waiting) this.#send();
    await this.#lastSent;
  }

  #schedule(): void {
    this.#waiting = true;
    if (this.#busy) return;
    this.#busy = true;
    const at = this.#sentAt + SPACING_MS;
    // Everything that is said in this turn of the event loop goes together, after the answers to callers.
    if (at <= this.#clock.now()) setImmediate(() => this.#send());
    else this.#clock.schedule(at, () => this.#send());
  }

  #send(): void {
    if (!this.#waiting) return; // closed meanwhile
    this.#sentAt = this.#clock.now();
    this.#lastSent = this.#publish(writeSignal(this.#take()));
  }

  async #publish(text: string): Promise<void> {
    // Lost signals are made good for by time (`Fleet`), and a store that is away has told whoever made the commit.
    await this.#signals?.publish(text).catch(() => undefined);
    this.#busy = false;
    if (this.#waiting) this.#schedule();
  }

  #take(): Signal {
    const signal = {
      queues: this.#queues,
      jobsDueAt: this.#jobsDueAt,
      cronsDueAt: this.#cronsDueAt,
      settings: this.#settings,
      asks: this.#asks,
      knows: this.#knows,
    };
    this.#queues = new Map();
    this.#jobsDueAt = Number.POSITIVE_INFINITY;
    this.#cronsDueAt = Number.POSITIVE_INFINITY;
    this.#settings = false;
    this.#asks = [];
    this.#knows = [];
    this.#waiting = false;
    return signal;
  }
}
