/** Ends calls whose time is over, wherever they are. All have the same time, so one timer serves them, first come first. */
import type { Clock } from "../../core/clock.ts";
import type { Ticket } from "./ticket.ts";

/** How many settled calls may be remembered beyond the open ones. */
const SLACK = 1_024;

/** See above. */
export class Deadlines {
  readonly #clock: Clock;
  /** In the order of their deadlines, with some that are settled among them. */
  #tickets: Ticket[] = [];
  #open = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(ticket: Ticket): void {
    if (this.#tickets.length > 2 * this.#open + SLACK) this.#tickets = this.#tickets.filter(({ settled }) => !settled);
    this.#tickets.push(ticket);
    this.#open += 1;
    if (this.#cancelTimer === undefined) this.#arm(ticket.deadline);
  }

  /** A call that was added is over. Nothing keeps the process alive when it was the last one. */
  settled(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#tickets = [];
  }

  #arm(at: number): void {
    this.#cancelTimer = this.#clock.schedule(at, () => {
      this.#cancelTimer = undefined;
      this.#expire();
    });
  }

  #expire(): void {
    const now = this.#clock.now();
    const open = this.#tickets.filter(({ settled }) => !settled);
    const late = open.findIndex(({ deadline }) => deadline > now);
    this.#tickets = late === -1 ? [] : open.slice(late);
    for (const ticket of late === -1 ? open : open.slice(0, late)) ticket.expire();
    const [next] = this.#tickets;
    if (next !== undefined && this.#cancelTimer === undefined) this.#arm(next.deadline);
  }
}
