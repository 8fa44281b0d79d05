/**
 * The way of outcomes to the server. Where it has the exchange, those that are ready in one turn of the event loop, or
 * become ready while exchanges are on their way, travel together, and with them the fetch for the slots that they free.
 * Elsewhere each travels alone.
 */

import { atEndOfTurn } from "../client/end-of-turn.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { OjsError, ojsError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { ExchangeSupport } from "./exchange-support.ts";
import type { ExchangeAnswer, WorkerProtocol } from "./protocol.ts";
import type { Quotas } from "./quotas.ts";
import type { Delivery } from "./settler.ts";
import { isServersWord } from "./verdict.ts";

/** While the server works on one, the worker can send what has become ready. More would only make them smaller. */
const EXCHANGES_IN_FLIGHT = 2;
/** Characters of results in one exchange; a single larger one travels alone. */
const MAX_RESULT_CHARS = 1_048_576;

/** There is no exchange. */
const MISSING: ReadonlySet<number> = new Set([404, 405, 501]);
/** It cannot be read as a whole, or is too large for something on its way. */
const REFUSED: ReadonlySet<number> = new Set([400, 413, 422]);

/** What the pipeline works with. */
export interface PipelineDeps {
  readonly protocol: Pick<WorkerProtocol, "ack" | "nack" | "exchange">;
  readonly support: ExchangeSupport;
  readonly quotas: Pick<Quotas, "ask" | "answered">;
  readonly concurrency: number;
  /** How many jobs are fetched ahead. */
  readonly prefetch: number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Aborted when the worker cannot wait for the server any longer. */
  readonly halted: AbortSignal;
  /** Whether the worker takes jobs now. */
  readonly isFetching: () => boolean;
  /** Starts the jobs that came, or hands them back when nobody wants them any more. */
  readonly take: (jobs: readonly Job[]) => void;
}

/** See above. */
export class OutcomePipeline {
  readonly #deps: PipelineDeps;
  readonly #largest: number;
  #waiting: Delivery[] = [];
  #inFlight = 0;
  #scheduled = false;

  constructor(deps: PipelineDeps) {
    this.#deps = deps;
    this.#largest = Math.min(
      deps.concurrency + Math.ceil(deps.prefetch / EXCHANGES_IN_FLIGHT),
      LIMITS.exchangeOutcomes,
    );
  }

  /** Sends it as soon as possible, which may be with others. */
  send(delivery: Delivery): void {
    const { support } = this.#deps;
    if (!support.known()) {
      support.ask();
      void this.#sendAlone(delivery);
      return;
    }
    this.#waiting.push(delivery);
    // A full one does not wait for the others of this turn: the server can begin with it.
    if (this.#waiting.length >= this.#largest) this.#flush();
    else this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    atEndOfTurn(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#inFlight < EXCHANGES_IN_FLIGHT) void this.#exchange(this.#cut());
  }

  #cut(): readonly Delivery[] {
    let chars = 0;
    let count = 0;
    for (const { outcome } of this.#waiting) {
      chars += outcome.kind === "ack" ? (outcome.result?.length ?? 0) : 0;
      if (count === this.#largest || (chars > MAX_RESULT_CHARS && count > 0)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #exchange(batch: readonly Delivery[]): Promise<void> {
    const { protocol, halted: signal, isFetching, quotas } = this.#deps;
    const freed = batch.reduce((sum, { holdsSlot }) => sum + Number(holdsSlot), 0);
    const outcomes = batch.map(({ holding: { ref }, outcome }) => ({ lease: ref, told: outcome }));
    const ask = isFetching() ? quotas.ask(freed) : undefined;
    const over = (): void => {
      this.#inFlight -= 1;
      if (ask !== undefined) quotas.answered(ask);
    };
    this.#inFlight += 1;
    try {
      const answer = await protocol.exchange(outcomes, ask, { signal });
      over();
      this.#answered(batch, answer);
    } catch (error) {
      over();
      this.#failed(batch, ojsErrorOf(error));
    }
    this.#flushSoon();
  }

  /** Outcomes first, because the jobs are for the slots that they free; unless nobody takes jobs any more. */
  #answered(batch: readonly Delivery[], { errors, jobs }: ExchangeAnswer): void {
    const { take, isFetching, random } = this.#deps;
    const isWanted = isFetching();
    // The worker may end with the last outcome, and these would be forgotten.
    if (!isWanted && jobs.length > 0) take(jobs);
    const chance = random();
    batch.forEach((delivery, index) => {
      delivery.answered(errors[index], chance);
    });
    if (isWanted && jobs.length > 0) take(jobs);
  }

  #failed(batch: readonly Delivery[], error: OjsError): void {
    if (MISSING.has(error.status) && isServersWord(error)) this.#deps.support.deny();
    // It says nothing about any one of them, so each is told by itself.
    if (MISSING.has(error.status) || REFUSED.has(error.status)) {
      const alone = this.#deps.support.known() ? batch : [...batch, ...this.#waiting.splice(0)];
      for (const delivery of alone) void this.#sendAlone(delivery);
      return;
    }
    // One chance for all: they come back in the same turn and travel together again.
    const chance = this.#deps.random();
    for (const delivery of batch) delivery.answered(error, chance);
  }

  async #sendAlone(delivery: Delivery): Promise<void> {
    const { protocol, halted: signal, random } = this.#deps;
    const { holding, outcome } = delivery;
    let failure: OjsError | undefined;
    try {
      if (outcome.kind === "ack") await protocol.ack(holding.ref, outcome.result, { signal });
      else await protocol.nack(holding.ref, outcome.error, outcome.requeue, { signal });
    } catch (error) {
      failure = ojsErrorOf(error);
    }
    delivery.answered(failure, random());
  }
}

function ojsErrorOf(error: unknown): OjsError {
  if (error instanceof OjsError) return error;
  return ojsError("connection_error", "the outcome could not be sent", { cause: error });
}
