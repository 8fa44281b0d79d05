/**
 * What this server hears of the others on the same store (docs/adr/016-several-servers.md), and what it looks at by itself
 * in case that it was not told. On a store of its own it does nothing.
 */
import type { Clock } from "../../core/clock.ts";
import type { Signals } from "../../storage/signals.ts";
import type { Waiters } from "../waiters.ts";
import { Agreement } from "./agreement.ts";
import type { Outgoing } from "./outgoing.ts";
import { readSignal, type Signal } from "./signal.ts";

/** Who has something to look at. */
export interface FleetParts {
  readonly signals: Signals | undefined;
  readonly clock: Clock;
  readonly waiters: Pick<Waiters, "wakeHere" | "wakeAll">;
  readonly dueWork: { expect(at: number): unknown };
  readonly crons: { expectAt(at: number): unknown };
  /** Hears everything first, and tells whether it was about live events. */
  readonly live: { heard(text: string): boolean; missed(): void };
  /** What this server keeps in memory of what is stored. */
  readonly settings: { load(): Promise<unknown> };
  /** Asks the timer for a ring at this moment or before. */
  readonly wakeBy: (at: number) => void;
  readonly outgoing: Pick<Outgoing, "ask" | "know">;
  readonly newId: () => string;
}

/** A server may die between its commit and its signal; what it would have said is found after so long. */
const LOOK_MS = 15_000;

/** The other servers. */
export class Fleet {
  readonly #parts: FleetParts;
  /** When to look at everything that is known only by signals. */
  #lookAt: number;
  /** Whether settings may have been changed. */
  #unsettled = false;
  /** Who wants to be told when they are read. */
  #asked: readonly string[] = [];
  readonly #agreement: Agreement;
  #leave: (() => void) | undefined;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#agreement = new Agreement(parts.clock);
    this.#lookAt = this.#afterLook();
  }

  /** When to look again. */
  get next(): number {
    return this.#unsettled ? this.#parts.clock.now() : this.#lookAt;
  }

  /** Begins to listen. */
  join(): void {
    const { live } = this.#parts;
    this.#leave = this.#parts.signals?.subscribe({
      heard: (text) => {
        if (!live.heard(text)) this.#heard(readSignal(text));
      },
      missed: () => {
        live.missed();
        this.#suspect();
      },
    });
  }

  /** Listens no more. */
  leave(): void {
    this.#leave?.();
  }

  /** Tells the others that settings were changed here; resolves when they have read them, or after two seconds. Never rejects. */
  async agree(): Promise<void> {
    const question = this.#parts.newId();
    const others = this.#parts.outgoing.ask(question);
    if (others > 0) await this.#agreement.reached(question, others);
  }

  /** Does what is due. Rejects with `backend_error` when the storage does not answer. */
  async look(): Promise<void> {
    const { clock, settings, outgoing } = this.#parts;
    if (this.#lookAt <= clock.now()) this.#suspect();
    if (!this.#unsettled) return;
    this.#unsettled = false;
    const asked = this.#asked;
    this.#asked = [];
    try {
      await settings.load();
      outgoing.know(asked);
    } catch (error) {
      this.#unsettled = true;
      this.#asked = [...asked, ...this.#asked];
      throw error;
    }
  }

  #heard(signal: Signal | undefined): void {
    // Of a later version, which knows more ways to say something: anything may be meant.
    if (signal === undefined) this.#suspect();
    else this.#believe(signal);
  }

  #believe({ queues, jobsDueAt, cronsDueAt, settings, asks, knows }: Signal): void {
    const { waiters, dueWork, crons, wakeBy, clock } = this.#parts;
    if (queues === undefined) waiters.wakeAll();
    else for (const [queue, count] of queues) waiters.wakeHere(queue, count);
    dueWork.expect(jobsDueAt);
    crons.expectAt(cronsDueAt);
    this.#agreement.heard(knows);
    if (!settings) return;
    this.#asked = [...this.#asked, ...asks];
    this.#unsettled = true;
    wakeBy(clock.now());
  }

  /** Anything may have happened. Due jobs are looked for at every ring of the timer. */
  #suspect(): void {
    const { waiters, crons, wakeBy, clock } = this.#parts;
    const now = clock.now();
    this.#lookAt = this.#afterLook();
    this.#unsettled = true;
    waiters.wakeAll();
    crons.expectAt(now);
    wakeBy(now);
  }

  /** A server may have died between its commit and its signal, unless there is no other. */
  #afterLook(): number {
    const { signals, clock } = this.#parts;
    return signals === undefined || signals.certain === true ? Number.POSITIVE_INFINITY : clock.now() + LOOK_MS;
  }
}
