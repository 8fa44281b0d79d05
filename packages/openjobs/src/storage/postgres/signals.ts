/**
 * The way to the other servers on the same schema: LISTEN and NOTIFY (docs/adr/016-several-servers.md). Who is there is known
 * from what is heard: each server says so when it comes, every ten seconds, and when it goes. There is no table of servers.
 */
import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { SignalListener, Signals } from "../signals.ts";
import type { Library, LibraryOptions } from "./library.ts";
import { Listening } from "./listening.ts";

/** How often a server says that it is there. */
const BEAT_MS = 10_000;

/** A server that was not heard of for so long is gone. */
const GONE_MS = 25_000;

/** How long the echo of a beat may take; after that the connection is taken for dead, or for a pooler's. */
const ECHO_MS = 5_000;

/**
 * `hello` asks the others to say that they are `here`; `lost` is a hello of one who could not say something. What a transaction
 * of the application has to `tell` is no sign of a server.
 */
type Word = "hello" | "lost" | "here" | "bye" | "say" | "tell";

/** The text of a notice. */
export function notice(from: string, word: Word, text: string): string {
  return text === "" ? `${from} ${word}` : `${from} ${word} ${text}`;
}

/** Where and how to listen. */
export interface SignalSettings {
  readonly library: LibraryOptions;
  /** The same for all servers on a schema, and for no others. */
  readonly channel: string;
}

/** See {@link Signals}. Listens while it is open and somebody wants to hear. */
export class PostgresSignals implements Signals {
  readonly #settings: SignalSettings;
  readonly #self = randomBytes(6).toString("hex");
  readonly #listeners = new Set<SignalListener>();
  /** When the others were heard of last. */
  readonly #others = new Map<string, number>();
  #library: Library | undefined;
  #listening: Listening | undefined;
  #beat: NodeJS.Timeout | undefined;
  #echo: NodeJS.Timeout | undefined;
  /** Whether something could not be sent. */
  #hasLost = false;

  constructor(settings: SignalSettings) {
    this.#settings = settings;
  }

  get company(): boolean {
    return this.#others.size > 0;
  }

  get others(): number {
    return this.#others.size;
  }

  subscribe(listener: SignalListener): () => void {
    this.#listeners.add(listener);
    // What was said before it hears anything is lost to a late one.
    if (this.#library !== undefined && this.#listening === undefined) void this.#listen().then(() => listener.missed());
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async publish(text: string): Promise<void> {
    try {
      await this.#send("say", text);
    } catch (error) {
      this.#hasLost = true;
      throw error;
    }
  }

  /** Begins to listen if somebody has subscribed, else when somebody does. Never rejects. */
  async open(library: Library): Promise<void> {
    this.#library = library;
    if (this.#listeners.size > 0) await this.#listen();
  }

  /** Says goodbye, and hears nothing more. */
  async close(): Promise<void> {
    const listening = this.#listening;
    this.#library = undefined;
    this.#listening = undefined;
    this.#others.clear();
    clearInterval(this.#beat);
    clearTimeout(this.#echo);
    if (listening === undefined) return;
    if (listening.isOpen) await listening.notify(`${this.#self} bye`).catch(() => undefined);
    await listening.close();
  }

  async #listen(): Promise<void> {
    if (this.#library === undefined) return;
    this.#listening = new Listening(this.#library, this.#settings.library, this.#settings.channel, {
      opened: (again) => this.#opened(again),
      heard: (payload) => this.#heard(payload),
    });
    this.#beat = setInterval(() => this.#beatOnce(), BEAT_MS);
    this.#beat.unref();
    await this.#listening.open();
  }

  #opened(again: boolean): void {
    void this.#tell(this.#hasLost ? "lost" : "hello");
    this.#hasLost = false;
    this.#expectEcho();
    if (again) for (const { missed } of this.#listeners) missed();
  }

  #beatOnce(): void {
    const cutoff = performance.now() - GONE_MS;
    for (const [server, at] of this.#others) if (at < cutoff) this.#others.delete(server);
    if (this.#listening?.isOpen !== true) return;
    void this.#tell("here");
    this.#expectEcho();
  }

  #expectEcho(): void {
    clearTimeout(this.#echo);
    this.#echo = setTimeout(() => this.#listening?.renew(), ECHO_MS);
    this.#echo.unref();
  }

  #heard(payload: string): void {
    const [, from = "", word = "", text = ""] = /^(\S+) (\S+) ?(.*)$/s.exec(payload) ?? [];
    if (from === this.#self) {
      clearTimeout(this.#echo);
      return;
    }
    if (word === "bye") {
      this.#others.delete(from);
      return;
    }
    if (word !== "tell") this.#others.set(from, performance.now());
    if (word === "hello" || word === "lost") void this.#tell("here");
    if (word === "lost") for (const { missed } of this.#listeners) missed();
    if (word === "say" || word === "tell") for (const { heard } of this.#listeners) heard(text);
  }

  /** Whoever does not hear it hears the next one. */
  #tell(word: Word): Promise<void> {
    return this.#send(word, "").catch(() => undefined);
  }

  async #send(word: Word, text: string): Promise<void> {
    if (this.#listening === undefined) throw new Error("Nobody listens.");
    await this.#listening.notify(notice(this.#self, word, text));
  }
}
