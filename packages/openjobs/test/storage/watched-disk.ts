/** A disk whose syncs are on record, and that can be slow or broken. The files are real; nothing is synced. */
import { closeSync, openSync } from "node:fs";
import type { Disk } from "../../src/storage/sqlite/disk.ts";

export class WatchedDisk implements Disk {
  readonly #log: string[];
  readonly #held: (() => void)[] = [];
  /** Whether syncs in a thread wait for {@link release}. */
  holding = false;
  /** What the next syncs fail with. */
  trouble: Error | undefined;
  /** How long a sync on the event loop stops it, in milliseconds. */
  pauseMs = 0;

  /** @param log Where each sync is noted when it has succeeded; may be the log of the library too. */
  constructor(log: string[]) {
    this.#log = log;
  }

  open(file: string): number {
    return openSync(file, "r+");
  }

  close(handle: number): void {
    closeSync(handle);
  }

  async sync(): Promise<void> {
    this.#log.push("sync started");
    if (this.holding) await new Promise<void>((resolve) => this.#held.push(resolve));
    this.#end("synced");
  }

  syncNow(): void {
    const end = performance.now() + this.pauseMs;
    while (performance.now() < end);
    this.#end("synced at once");
  }

  /** Lets the syncs go on that are held. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  #end(how: string): void {
    if (this.trouble !== undefined) throw this.trouble;
    this.#log.push(how);
  }
}
