/**
 * Lets `enqueue` calls travel together (docs/adr/008-coalesced-enqueue.md): those of one turn of the event loop, and those
 * that come while enough requests are under way, become one request. A call that is alone goes alone and at once.
 */
import type { Clock } from "../../core/clock.ts";
import type { EncodedJob } from "../../core/codec/enqueue-encode.ts";
import type { Job } from "../../core/codec/job-decode.ts";
import type { RequestOptions } from "../call.ts";
import { atEndOfTurn } from "../end-of-turn.ts";
import { enqueueOnce } from "../once.ts";
import type { Requester } from "../requester.ts";
import { BulkSender } from "./bulk-sender.ts";
import { BulkSupport } from "./bulk-support.ts";
import { Deadlines } from "./deadlines.ts";
import { Ticket } from "./ticket.ts";

/** Enough to keep both sides busy; with more, the requests would only be smaller. */
const MAX_IN_FLIGHT = 4;

/** What one request carries. A server must be able to answer others meanwhile, and a proxy to let it pass. */
const MAX_JOBS = 500;
const MAX_CHARS = 1_048_576;

/** See above. */
export class Coalescer {
  readonly #requester: Requester;
  readonly #clock: Clock;
  readonly #support: BulkSupport;
  readonly #sender: BulkSender;
  readonly #deadlines: Deadlines;
  readonly #onSettled = (): void => this.#deadlines.settled();
  #waiting: Ticket[] = [];
  #inFlight = 0;
  /** Calls that were sent before it was known whether the server takes bulks. */
  #underWay = 0;
  #flushScheduled = false;

  constructor(requester: Requester, clock: Clock) {
    this.#requester = requester;
    this.#clock = clock;
    this.#support = new BulkSupport(requester, clock);
    this.#sender = new BulkSender({ requester, clock, support: this.#support });
    this.#deadlines = new Deadlines(clock);
  }

  /** Enqueues a job, in company if there is some. A call with times of its own goes alone, or they would not be its own. */
  enqueue(job: EncodedJob, request: RequestOptions = {}): Promise<Job> {
    const { signal, timeout, totalTimeout } = request;
    const ownTimes = timeout !== undefined || totalTimeout !== undefined;
    if (this.#support.known !== true || ownTimes || signal?.aborted) {
      return this.#support.known === undefined ? this.#lookForCompany(job, request) : this.#alone(job, request);
    }
    const deadline = this.#clock.now() + this.#requester.totalTimeoutMs;
    const ticket = new Ticket(job, { signal, deadline }, this.#onSettled);
    this.#deadlines.add(ticket);
    this.#waiting.push(ticket);
    this.#schedule();
    return ticket.promise;
  }

  /** Only a program that makes a call while another one is under way has any use of bulks; others ask nothing. */
  async #lookForCompany(job: EncodedJob, request: RequestOptions): Promise<Job> {
    if (this.#underWay > 0) this.#support.ask();
    this.#underWay += 1;
    try {
      return await this.#alone(job, request);
    } finally {
      this.#underWay -= 1;
    }
  }

  #alone(job: EncodedJob, request: RequestOptions): Promise<Job> {
    return enqueueOnce(this.#requester, job, request);
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
