/**
 * All waits of one client for the ends of jobs, or of workflows. A stream says which have ended; what they returned is read from the
 * server, which is the truth. Where there is no stream the server is asked for each.
 */
import { pause } from "../../core/clock.ts";
import { OjsAuthError, OjsError, OjsNotFoundError } from "../../core/errors.ts";
import { atEndOfTurn } from "../end-of-turn.ts";
import { isTransient } from "../request-retry.ts";
import type { Requester } from "../requester.ts";
import { ResultStream } from "./result-stream.ts";
import { Turnstile } from "./turnstile.ts";
import { Wait, type Waiter, type Waits } from "./wait.ts";
import type { WaitKind } from "./wait-kind.ts";

/** Looks at the same time; the client has other things to do with its connections. */
const MAX_LOOKS = 16;

/** Events are best effort: a server that is killed between a commit and its event tells nobody. So all are looked at this often. */
const ROUND_MS = 60_000;

/** How long to wait after a look that did not get through. */
const AGAIN_MS = 5_000;

/** Seconds that a server is asked to hold a request. */
const HOLD_S = 20;

/** Between two questions for one of them. */
const POLL_MS = 1_000;

/** Streams in a row that were refused because there is something that they should tell of and that is not there. */
const MAX_NOT_FOUND = 3;

/** One reason for all: without one, each abort would make an exception. */
const NOBODY_WAITS = "nobody waits any more";

/** See above. */
export class ResultHub<Outcome> {
  readonly #requester: Requester;
  readonly #kind: WaitKind<Outcome>;
  readonly #waits: Waits<Outcome> = new Map();
  readonly #looks = new Turnstile(MAX_LOOKS);
  readonly #stream: ResultStream<Outcome>;
  #notFound = 0;
  /** Until nobody waits any more, when the server has no streams. */
  #polls = false;
  #isArranging = false;
  #stopRounds: (() => void) | undefined;

  constructor(requester: Requester, kind: WaitKind<Outcome>) {
    this.#requester = requester;
    this.#kind = kind;
    this.#stream = new ResultStream(requester.options, kind, this.#waits, {
      look: (wait) => void this.#look(wait),
      refused: (error, waits) => void this.#refused(error, waits),
    });
  }

  /** Tells how it ends; the function that is returned prevents it. */
  join({ id, queue }: { readonly id: string; readonly queue?: string }, waiter: Waiter<Outcome>): () => void {
    const wait = this.#waits.get(id) ?? this.#begin(new Wait<Outcome>(id, queue));
    wait.waiters.add(waiter);
    return () => {
      wait.waiters.delete(waiter);
      if (wait.waiters.size === 0) this.#end(wait);
    };
  }

  #begin(wait: Wait<Outcome>): Wait<Outcome> {
    this.#waits.set(wait.id, wait);
    this.#stopRounds ??= this.#nextRound();
    if (this.#polls) void this.#poll(wait);
    else this.#arrangeSoon();
    return wait;
  }

  #end(wait: Wait<Outcome>): void {
    if (this.#waits.get(wait.id) !== wait) return;
    this.#waits.delete(wait.id);
    wait.left.abort(NOBODY_WAITS);
    if (this.#waits.size === 0) {
      this.#stopRounds?.();
      this.#stopRounds = undefined;
      this.#polls = false;
      this.#notFound = 0;
    }
    this.#arrangeSoon();
  }

  /** Once for all who come and go in one turn. */
  #arrangeSoon(): void {
    if (this.#isArranging) return;
    this.#isArranging = true;
    atEndOfTurn(() => {
      this.#isArranging = false;
      if (!this.#polls) this.#stream.arrange();
    });
  }

  #nextRound(): () => void {
    const { clock } = this.#requester.options;
    return clock.schedule(clock.now() + ROUND_MS, () => {
      this.#stopRounds = this.#nextRound();
      for (const wait of this.#waits.values()) void this.#look(wait);
    });
  }

  /** Looks at one of them. One look at a time: what was told during a look is worth another one. */
  async #look(wait: Wait<Outcome>): Promise<void> {
    if (wait.isInSight) {
      wait.mustLookAgain = true;
      return;
    }
    wait.isInSight = true;
    do {
      wait.mustLookAgain = false;
      await this.#looks.pass(() => this.#lookOnce(wait));
    } while (wait.mustLookAgain && !wait.left.signal.aborted);
    wait.isInSight = false;
    wait.isEnding = false;
    if (!wait.left.signal.aborted) this.#arrangeSoon();
  }

  async #lookOnce(wait: Wait<Outcome>): Promise<void> {
    const { signal } = wait.left;
    if (signal.aborted) return;
    try {
      const { isOver, queue, outcome } = await this.#requester.run(this.#kind.look(wait.id), { signal });
      wait.queue = queue;
      if (isOver) this.#settle(wait, (waiter) => waiter.ended(outcome));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof OjsError && isTransient(error)) this.#lookLater(wait);
      else this.#settle(wait, (waiter) => waiter.failed(error));
    }
  }

  #lookLater(wait: Wait<Outcome>): void {
    const { clock, random } = this.#requester.options;
    void pause(clock, AGAIN_MS * (0.5 + random() / 2), wait.left.signal).then(() => this.#look(wait));
  }

  #settle(wait: Wait<Outcome>, tell: (waiter: Waiter<Outcome>) => void): void {
    for (const waiter of wait.waiters) tell(waiter);
    this.#end(wait);
  }

  async #refused(error: unknown, waits: readonly Wait<Outcome>[]): Promise<void> {
    if (error instanceof OjsAuthError) {
      for (const wait of waits) this.#settle(wait, (waiter) => waiter.failed(error));
      return;
    }
    this.#notFound += 1;
    if (error instanceof OjsNotFoundError && this.#notFound < MAX_NOT_FOUND) {
      // One of them is not there, and the look at it says so.
      await Promise.all(waits.map((wait) => this.#look(wait)));
      if (waits.some(({ left }) => left.signal.aborted)) this.#notFound = 0;
      this.#arrangeSoon();
      return;
    }
    this.#polls = true;
    for (const wait of this.#waits.values()) void this.#poll(wait);
  }

  /** Without a stream: the server holds the question for as long as it can, if it can. */
  async #poll(wait: Wait<Outcome>): Promise<void> {
    const { clock, random } = this.#requester.options;
    const { signal } = wait.left;
    await this.#look(wait);
    while (!signal.aborted) {
      const began = clock.now();
      const hasEnded = this.#waits.size <= MAX_LOOKS && (await this.#hold(wait));
      if (!hasEnded && clock.now() - began < POLL_MS) await pause(clock, POLL_MS * (1 + random()), signal);
      await this.#look(wait);
    }
  }

  async #hold({ id, left }: Wait<Outcome>): Promise<boolean> {
    const { hold } = this.#kind;
    if (hold === null) return false;
    try {
      return await this.#requester.run(hold(id, HOLD_S), { signal: left.signal });
    } catch {
      // Not every server knows this path. The look behind it will tell.
      return false;
    }
  }
}
