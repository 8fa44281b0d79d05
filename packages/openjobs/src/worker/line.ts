/** Jobs that wait for their turn: for a slot, or for their type. */
import { atEndOfTurn } from "../client/end-of-turn.ts";
import type { Holding } from "./holdings.ts";
import type { Quotas } from "./quotas.ts";

/** Starts one and calls `ended`, once, when it has ended. */
type Start = (holding: Holding, ended: (tell: () => void) => void) => void;

/** See above. */
export class Line {
  readonly #concurrency: number;
  readonly #quotas: Quotas;
  readonly #start: Start;
  readonly #waiting: Holding[] = [];
  #running = 0;
  #isStarting = false;

  constructor(concurrency: number, quotas: Quotas, start: Start) {
    this.#concurrency = concurrency;
    this.#quotas = quotas;
    this.#start = start;
  }

  add(holding: Holding): void {
    this.#waiting.push(holding);
  }

  /** Takes out all that wait. */
  clear(): readonly Holding[] {
    return this.#waiting.splice(0);
  }

  /**
   * Starts as many as may run. A handler may end before its start returns, so this is a loop: the next job would be started inside
   * of that one, and so on. A turn of the event loop starts no more than `concurrency`: others get theirs, and outcomes leave in
   * parts, of which the server stores one while the next jobs run.
   */
  advance(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    for (let started = 0; started < this.#concurrency; started += 1) {
      const next = this.#hasRoom ? this.#next() : undefined;
      if (next === undefined) {
        this.#isStarting = false;
        return;
      }
      this.#begin(next);
    }
    if (this.#waiting.length > 0 && this.#hasRoom) atEndOfTurn(() => this.#goOn());
    else this.#isStarting = false;
  }

  /** The first whose type has room. */
  #next(): Holding | undefined {
    const first = this.#waiting[0];
    if (first === undefined || this.#quotas.mayStart(first)) return this.#waiting.shift();
    const place = this.#waiting.findIndex((holding) => this.#quotas.mayStart(holding));
    return place === -1 ? undefined : this.#waiting.splice(place, 1)[0];
  }

  get #hasRoom(): boolean {
    return this.#running < this.#concurrency;
  }

  #begin(holding: Holding): void {
    this.#running += 1;
    this.#quotas.started(holding);
    this.#start(holding, (tell) => {
      this.#running -= 1;
      this.#quotas.released(holding, true);
      tell();
      this.advance();
    });
  }

  #goOn(): void {
    this.#isStarting = false;
    this.advance();
  }
}
