/** Sends several calls as one request, and tells each of them what became of it. */
import { onAbort } from "../../core/abort-listeners.ts";
import { type Clock, pause } from "../../core/clock.ts";
import { type BulkResult, bulkError } from "../../core/codec/bulk-decode.ts";
import type { ErrorContext } from "../../core/codec/error.ts";
import { decodeEnqueued } from "../../core/codec/job-receipt.ts";
import { OjsError, type OjsErrorExtra, retold } from "../../core/errors.ts";
import { enqueueBulkCall } from "../calls/bulk.ts";
import { pauseAfter } from "../carry.ts";
import { acceptedBefore, enqueueOnce } from "../once.ts";
import type { Requester } from "../requester.ts";
import type { Ticket } from "./ticket.ts";

/** The server, or a proxy before it, has no such path. */
const NO_BULK: ReadonlySet<number> = new Set([404, 405, 501]);

/** It is about the request as a whole and need not be true of a single job, so each one is asked for by itself. */
const NOT_TOGETHER: ReadonlySet<number> = new Set([...NO_BULK, 400, 413, 415, 422]);

/** What sending takes. */
export interface BulkSenderParts {
  readonly requester: Requester;
  readonly clock: Clock;
  /** Hears that the server does not take bulks after all. */
  readonly deny: () => void;
}

/** See above. */
export class BulkSender {
  readonly #parts: BulkSenderParts;

  constructor(parts: BulkSenderParts) {
    this.#parts = parts;
  }

  /** Never rejects; resolves when the requests of these calls have been answered. */
  async send(tickets: readonly Ticket[]): Promise<void> {
    const [only] = tickets;
    if (tickets.length === 1 && only !== undefined) return this.#sendAlone(only);
    const crowd = new Crowd(tickets);
    try {
      const call = enqueueBulkCall(tickets.map(({ job }) => job));
      const request = { signal: crowd.signal, totalTimeout: this.#timeLeft(tickets) };
      const { results, context } = await this.#parts.requester.run(call, request);
      tickets.forEach((ticket, index) => {
        const result = results[index];
        if (result !== undefined && !ticket.settled) this.#tell(ticket, result, context);
      });
    } catch (error) {
      await this.#failed(tickets, error);
    } finally {
      crowd.leave();
    }
  }

  #tell(ticket: Ticket, result: BulkResult, request: ErrorContext): void {
    // Only where something is wrong: to copy the context for each job was a microsecond of the thirty that one takes.
    const contextOf = (): ErrorContext => ({ ...request, ...placeOf(ticket) });
    if (!result.ok) {
      const context = contextOf();
      void this.#refused(ticket, bulkError(result.item, result.index, context), context); // never rejects
      return;
    }
    try {
      ticket.resolve(decodeEnqueued(result.job, ticket.job));
    } catch (error) {
      ticket.reject(error instanceof OjsError ? retold(error, error.message, extraOf(contextOf())) : error);
    }
  }

  /** What may pass is tried again, by itself; a repetition that was refused may have been there before. */
  async #refused(ticket: Ticket, error: OjsError, { attempts = 1 }: ErrorContext): Promise<void> {
    const { requester, clock } = this.#parts;
    const pauseMs = pauseAfter(requester.options, error, attempts);
    if (pauseMs !== undefined && clock.now() + pauseMs < ticket.deadline) {
      await pause(clock, pauseMs, ticket.signal);
      return this.#sendAlone(ticket);
    }
    await settleWith(ticket, () => acceptedBefore(error, requester, ticket.job.id, this.#requestOf(ticket)));
  }

  async #failed(tickets: readonly Ticket[], error: unknown): Promise<void> {
    if (error instanceof OjsError && (NOT_TOGETHER.has(error.status) || error.code === "invalid_response")) {
      if (NO_BULK.has(error.status)) this.#parts.deny();
      await Promise.all(tickets.map((ticket) => this.#sendAlone(ticket)));
      return;
    }
    for (const ticket of tickets) {
      const own = error instanceof OjsError ? retold(error, error.message, placeOf(ticket)) : error;
      ticket.reject(own);
    }
  }

  /** From here on the request itself listens to the caller's signal, and knows more about the failure. */
  async #sendAlone(ticket: Ticket): Promise<void> {
    if (ticket.settled) return;
    const request = this.#requestOf(ticket);
    ticket.stopListening();
    await settleWith(ticket, () => enqueueOnce(this.#parts.requester, ticket.job, request));
  }

  #requestOf(ticket: Ticket): { readonly totalTimeout: number; readonly signal?: AbortSignal } {
    const { signal } = ticket;
    const totalTimeout = this.#timeLeft([ticket]);
    return signal === undefined ? { totalTimeout } : { totalTimeout, signal };
  }

  /** Until the last of them has no more time; those before it are ended by their own deadlines. */
  #timeLeft(tickets: readonly Ticket[]): number {
    const last = tickets.at(-1)?.deadline ?? 0;
    return Math.max(1, last - this.#parts.clock.now());
  }
}

/** The callers of one request: when all of them have lost interest, so has it. */
class Crowd {
  readonly #controller = new AbortController();
  readonly #stops: readonly (() => void)[];

  constructor(tickets: readonly Ticket[]) {
    const patient = tickets.some(({ signal }) => signal === undefined);
    this.#stops = (patient ? [] : tickets).map(({ signal }) =>
      onAbort(signal, () => {
        if (tickets.every(({ settled }) => settled)) this.#controller.abort(signal?.reason);
      }),
    );
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  leave(): void {
    for (const stop of this.#stops) stop();
  }
}

async function settleWith(ticket: Ticket, ask: () => Promise<Parameters<Ticket["resolve"]>[0]>): Promise<void> {
  try {
    ticket.resolve(await ask());
  } catch (error) {
    ticket.reject(error);
  }
}

function placeOf({ job }: Ticket): Pick<ErrorContext, "jobId" | "queue"> {
  return { jobId: job.id, queue: job.queue };
}

function extraOf({ now: _, ...known }: ErrorContext): OjsErrorExtra {
  return known;
}
