/**
 * What transactions of the application have done to the file, and whether they were committed (docs/adr/018-transactional-enqueue.md).
 * Nobody tells: but SQLite counts the commits of other connections, and only while something is expected anybody looks.
 */
import type { SignalListener, Signals } from "../signals.ts";
import type { ApplicationHandle } from "./application-handle.ts";
import type { Opened } from "./group.ts";

/** What a part of a transaction has changed that is kept in memory. */
export interface ApplicationWrite {
  readonly handle: ApplicationHandle;
  readonly queues: readonly string[];
  readonly changesLanes: boolean;
  /** For the engines. */
  readonly signal: string;
}

const DATA_VERSION = "PRAGMA data_version";

/** A transaction has mostly ended when the event loop turns; whoever waits in one must not keep others from working. */
const LAST_PAUSE_MS = 250;

/** Knows what is expected of one open file. */
export class ApplicationWrites {
  readonly #opened: Opened;
  readonly #tell: (signal: string) => void;
  #expected: ApplicationWrite[] = [];
  #version = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param tell Hears the signals of what was committed. */
  constructor(opened: Opened, tell: (signal: string) => void) {
    this.#opened = opened;
    this.#tell = tell;
  }

  /** Whether there is anything to look for. */
  get isExpecting(): boolean {
    return this.#expected.length > 0;
  }

  /** To be called before a transaction writes: what others have committed until now is not taken for its commit. */
  prepare(): void {
    this.look();
    if (!this.isExpecting) this.#version = this.#dataVersion();
  }

  /** A transaction has written this, and may still be rolled back. */
  expect(write: ApplicationWrite): void {
    this.#expected.push(write);
    if (this.#timer === undefined) this.#lookAfter(0);
  }

  /** Takes over what was committed meanwhile. */
  look(): void {
    if (!this.isExpecting) return;
    if (this.#dataVersion() !== this.#version) this.#takeOver();
    // Rolled back.
    else if (!this.#expected.some(({ handle }) => handle.isInTransaction)) this.stop();
  }

  /** Looks no more. */
  stop(): void {
    this.#expected = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #takeOver(): void {
    const written = this.#expected;
    const { ledger, lanes, database } = this.#opened;
    this.stop();
    ledger.reload([...new Set(written.flatMap(({ queues }) => queues))], database);
    if (written.some(({ changesLanes }) => changesLanes)) lanes.doubt();
    // The disk has it as far as the application's handle cares for that; nobody is told of it before it has it for sure.
    database.noteCommit();
    for (const { signal } of written) this.#tell(signal);
  }

  #lookAfter(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.look();
      if (this.isExpecting) this.#lookAfter(Math.min(LAST_PAUSE_MS, ms * 2 + 1));
    }, ms);
    this.#timer.unref();
  }

  #dataVersion(): number {
    return Number(this.#opened.database.value(DATA_VERSION));
  }
}

/** How an engine in this process hears of the application's transactions. Nothing gets lost on the way, and there is nobody else. */
export class ApplicationSignals implements Signals {
  readonly company = false;
  readonly others = 0;
  readonly certain = true;
  readonly #listeners = new Set<SignalListener>();

  async publish(): Promise<void> {
    // Nobody else is on the file.
  }

  subscribe(listener: SignalListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** A transaction was committed. */
  tell(signal: string): void {
    for (const { heard } of this.#listeners) heard(signal);
  }
}
