/** The lanes of one queue: which of them may be claimed from, and which of those comes first. */
import type { JsonText } from "../core/job.ts";
import { limitOfLane } from "../core/lane.ts";
import type { RateLimit } from "../core/rate-limit.ts";
import { byClaimOrder, type Place } from "./claim-order.ts";
import { Heap } from "./heap.ts";

/** A lane that has jobs in it, or had some when it was last looked into. */
export interface Lane {
  readonly text: JsonText;
  readonly limit: RateLimit;
  /** No later than the place of its first job. */
  place: Place;
  /** Its entry in a heap; older ones are void. Null = no moment opens it, only the end of a running job. */
  ticket: Ticket | null;
}

interface Ticket {
  readonly lane: Lane;
  readonly place: Place;
  /** When it can be claimed from; it is now unless the ticket is among the closed ones. */
  readonly opensAt: number;
}

/**
 * What it knows of a lane's jobs is a bound that is put right when the lane's turn comes: so nothing has to be told of jobs
 * that leave, and a claim looks into no lane but those it takes from or has to close.
 */
export class QueueLanes {
  readonly #lanes = new Map<JsonText, Lane>();
  readonly #open = new Heap<Ticket>((a, b) => byClaimOrder(a.place, b.place));
  readonly #closed = new Heap<Ticket>((a, b) => a.opensAt - b.opensAt);

  get isEmpty(): boolean {
    return this.#lanes.size === 0;
  }

  /** A job is in this lane, at this place. */
  enter(text: JsonText, place: Place): void {
    const known = this.#lanes.get(text);
    if (known !== undefined) {
      if (byClaimOrder(place, known.place) < 0) this.move(known, place);
      return;
    }
    const lane: Lane = { text, limit: limitOfLane(text), place, ticket: null };
    this.#lanes.set(text, lane);
    this.open(lane);
  }

  /** The open lane whose first job may be the first of all. */
  first(): Lane | undefined {
    return firstOf(this.#open)?.lane;
  }

  /** The first job of the lane has this place, or a later one. */
  move(lane: Lane, place: Place): void {
    lane.place = place;
    if (lane.ticket !== null && lane.ticket.opensAt === OPEN) this.open(lane);
  }

  /** It may be claimed from. */
  open(lane: Lane): void {
    lane.ticket = { lane, place: lane.place, opensAt: OPEN };
    this.#open.push(lane.ticket);
  }

  /** It may not, before this moment; null = before a running job ends. */
  close(lane: Lane, opensAt: number | null): void {
    lane.ticket = opensAt === null ? null : { lane, place: lane.place, opensAt };
    if (lane.ticket !== null) this.#closed.push(lane.ticket);
  }

  /** There is no job in it. */
  drop(lane: Lane): void {
    lane.ticket = null;
    this.#lanes.delete(lane.text);
  }

  /** Opens the lanes whose moment has come. */
  openDue(now: number): void {
    for (;;) {
      const ticket = firstOf(this.#closed);
      if (ticket === undefined || ticket.opensAt > now) return;
      this.open(ticket.lane);
    }
  }

  /** When one of them may be claimed from: `now`, a later moment, or null when only the end of a running job can help. */
  opening(now: number): number | null {
    return this.first() === undefined ? (firstOf(this.#closed)?.opensAt ?? null) : now;
  }
}

/** What stands for now, whenever that is. */
const OPEN = Number.NEGATIVE_INFINITY;

/** The first ticket that is not void; those before it go. */
function firstOf(heap: Heap<Ticket>): Ticket | undefined {
  for (;;) {
    const ticket = heap.peek();
    if (ticket === undefined || ticket.lane.ticket === ticket) return ticket;
    heap.pop();
  }
}
