/** What `client.subscribe` gives: live events to loop over. Its work is in a module that is loaded with the first one. */
import type { LiveEvent } from "./live-event.ts";
import type { Subscriber } from "./subscribe.ts";

/**
 * Live events as they come. One loop reads them; leaving it closes the connection, and so do `close`, `await using`, and the
 * `signal` of the subscription.
 *
 * It listens from the moment on that it was made, and is sure to from {@link ready} on. It takes events as fast as they are
 * asked for. More wait at the server, which keeps about a thousand for a slow reader, drops the oldest then, and says so: that
 * is an event of the kind `gap`, and nothing here grows.
 *
 * @example
 * await using events = client.subscribeQueue("email", { types: ["job.failed"] });
 * for await (const event of events) console.warn(event.type, event.data);
 */
export class LiveEvents<Event extends LiveEvent = LiveEvent> implements AsyncIterableIterator<Event>, AsyncDisposable {
  readonly #closing = new AbortController();
  readonly #events: Promise<AsyncGenerator<Event, void>>;
  readonly #opened: Promise<void>;
  /** The event that was asked for before anybody did, so that listening begins at once. */
  #first: Promise<IteratorResult<Event, void>> | undefined;

  /** @internal */
  constructor(listen: (subscriber: Subscriber) => Promise<AsyncGenerator<Event, void>>) {
    let opened: () => void = () => undefined;
    const open = new Promise<void>((resolve) => {
      opened = resolve;
    });
    this.#events = listen({ closing: this.#closing.signal, opened });
    this.#first = this.#events.then((events) => events.next());
    // Over before it was open: for good reasons, or with the error that whoever waits should see.
    this.#opened = Promise.race([open, this.#first.then(() => undefined)]);
    this.#opened.catch(() => undefined);
    this.#first.catch(() => undefined);
  }

  /**
   * Resolves once the server listens to us: what is done after that will be told.
   *
   * @throws OjsError when it refused.
   * @example
   * const events = client.subscribeQueue("email");
   * await events.ready();
   * await client.enqueue("email.send", { to }, { queue: "email" });
   */
  ready(): Promise<void> {
    return this.#opened;
  }

  /** The next event; see the class. */
  async next(): Promise<IteratorResult<Event, void>> {
    const first = this.#first;
    this.#first = undefined;
    try {
      return await (first ?? (await this.#events).next());
    } catch (error) {
      if (this.#closing.signal.aborted) return { done: true, value: undefined };
      throw error;
    }
  }

  /** What `for await` calls when its loop is left. */
  async return(): Promise<IteratorResult<Event, void>> {
    await this.close();
    return { done: true, value: undefined };
  }

  /** Stops listening; a loop that waits for the next event ends. */
  async close(): Promise<void> {
    this.#closing.abort();
    const events = await this.#events.catch(() => undefined);
    await events?.return().catch(() => undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
