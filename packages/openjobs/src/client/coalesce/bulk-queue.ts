/** Calls that wait for company: those of one turn of the event loop, and those that come while enough requests are under way. */
import type { Clock } from "../../core/clock.ts";
import type { EncodedJob } from "../../core/codec/enqueue-encode.ts";
import type { Job } from "../../core/codec/job-decode.ts";
import { atEndOfTurn } from "../end-of-turn.ts";
import type { Requester } from "../requester.ts";
import { BulkSender, type BulkSenderParts } from "./bulk-sender.ts";
import { Deadlines } from "./deadlines.ts";
import { Ticket } from "./ticket.ts";

/** Enough to keep both sides busy; with more, the requests would only be smaller. */
const MAX_IN_FLIGHT = 4;

/** What one request carries. A server must be able to answer others meanwhile, and a proxy to let it pass. */
const MAX_JOBS = 500;
const MAX_CHARS = 1_048_576;

/** See above. */
export class BulkQueue {
  readonly #requester: Requester;
  readonly #clock: Clock;
  readonly #sender: BulkSender;
  readonly #deadlines: Deadlines;
  readonly #onSettled = (): void => this.#deadlines.settled();
  #waiting: Ticket[] = [];
  #inFlight = 0;
  #flushScheduled = false;

  constructor(parts: BulkSenderParts) {
    this.#requester = parts.requester;
    this.#clock = parts.clock;
    this.#sender = new BulkSender(parts);
    this.#deadlines = new Deadlines(parts.clock);
  }

  /** Settles when the request that carries it is answered, the signal is aborted, or its time is over. */
  enqueue(job: EncodedJob, signal: AbortSignal | undefined): Promise<Job> {
    const deadline = this.#clock.now() + this.#requester.options.totalTimeoutMs;
    const ticket = new Ticket(job, { signal, deadline }, this.#onSettled);
    this.#deadlines.add(ticket);
    this.#waiting.push(ticket);
    this.#schedule();
    return ticket.promise;
  }

  /** Callers that were just answered may call again in this very turn. */
  #schedule(): void {
    if (this.#flushScheduled || this.#waiting.length === 0 || this.#inFlight >= MAX_IN_FLIGHT) return;
    this.#flushScheduled = true;
    atEndOfTurn(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#inFlight < MAX_IN_FLIGHT) {
      const tickets = this.#take();
      if (tickets.length === 0) return;
      this.#inFlight += 1;
      void this.#sender.send(tickets).finally(() => {
        this.#inFlight -= 1;
        this.#schedule();
      });
    }
  }

  /** The next calls that fit into a request, at least one if there is any. */
  #take(): readonly Ticket[] {
    const open = this.#waiting.filter(({ settled }) => !settled);
    let chars = 0;
    const over = open.findIndex(({ job }, index) => {
      chars += job.body.length;
      return index === MAX_JOBS || (chars > MAX_CHARS && index > 0);
    });
    const count = over === -1 ? open.length : over;
    this.#waiting = open.slice(count);
    return open.slice(0, count);
  }
}
