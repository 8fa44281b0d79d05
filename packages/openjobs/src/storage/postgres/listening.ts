import type { Library, LibraryClient, LibraryOptions } from "./library.ts";

/** Who hears what arrives. */
export interface ListeningEvents {
  /** `again` = it was open before: something may have been said meanwhile. */
  opened(again: boolean): void;
  heard(payload: string): void;
}

/** Between two attempts to connect: soon at first, for a server that was only restarted. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;

/**
 * A connection that listens on one channel. It is nobody else's, because notifications come to the session that asked for them,
 * and it heals itself: lost, it is made anew until that works.
 */
export class Listening {
  readonly #library: Library;
  readonly #options: LibraryOptions;
  readonly #channel: string;
  readonly #events: ListeningEvents;
  /** The connection that is open or being opened. */
  #client: LibraryClient | undefined;
  #isOpen = false;
  #wasOpen = false;
  #isStopped = false;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;

  /** @param channel A name that needs no quotes. */
  constructor(library: Library, options: LibraryOptions, channel: string, events: ListeningEvents) {
    this.#library = library;
    this.#options = options;
    this.#channel = channel;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Connects and listens. Resolves after the first attempt, whatever came of it; never rejects. */
  async open(): Promise<void> {
    const client = new this.#library.Client(this.#options);
    this.#client = client;
    const lost = (): void => this.#lost(client);
    client.on("error", lost);
    client.on("end", lost);
    client.on("notification", ({ payload = "" }) => this.#events.heard(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${this.#channel}`);
    } catch {
      return this.#lost(client);
    }
    if (this.#client !== client) return;
    this.#isOpen = true;
    this.#retryMs = FIRST_RETRY_MS;
    const again = this.#wasOpen;
    this.#wasOpen = true;
    this.#events.opened(again);
  }

  /** Sends a payload to everybody who listens, this connection included. Rejects while it is not open. */
  async notify(payload: string): Promise<void> {
    if (this.#client === undefined || !this.#isOpen) throw new Error("The connection that listens is lost.");
    await this.#client.query({ text: "SELECT pg_notify($1, $2)", values: [this.#channel, payload], rowMode: "array" });
  }

  /** Gives up a connection that says nothing although it should, and makes a new one. */
  renew(): void {
    if (this.#client !== undefined) this.#lost(this.#client);
  }

  async close(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = undefined;
    this.#isOpen = false;
    await client?.end().catch(() => undefined);
  }

  #lost(client: LibraryClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#isOpen = false;
    // Nobody waits for it: the other end may never answer.
    client.end().catch(() => undefined);
    if (this.#isStopped) return;
    this.#retry = setTimeout(() => void this.open(), this.#retryMs);
    this.#retry.unref();
    this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2);
  }
}
