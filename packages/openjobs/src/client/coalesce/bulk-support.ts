/**
 * Whether the server takes jobs in bulk: looked up in the background, and remembered. What sending them takes is loaded when
 * the answer is yes: most programs make one call at a time.
 */
import type { Clock } from "../../core/clock.ts";
import { BULK_ENQUEUE } from "../../core/extensions.ts";
import { manifestCall } from "../calls/system.ts";
import type { Requester } from "../requester.ts";
import type { BulkQueue } from "./bulk-queue.ts";

const BULK_OPERATIONS = "urn:ojs:ext:bulk-operations";

/** A manifest that takes longer is no use. */
const PATIENCE_MS = 5_000;

/** After a failure, or when the server did not keep its word. */
const ASK_AGAIN_MS = 30_000;

/** See above. */
export class BulkSupport {
  readonly #requester: Requester;
  readonly #clock: Clock;
  #known: BulkQueue | false | undefined;
  /** There is one, whatever the server says: it counts the requests under way. */
  #queue: BulkQueue | undefined;
  #askAt = Number.NEGATIVE_INFINITY;

  constructor(requester: Requester, clock: Clock) {
    this.#requester = requester;
    this.#clock = clock;
  }

  /** Where to queue jobs for it; false = it takes no bulks, undefined = not known yet. */
  get known(): BulkQueue | false | undefined {
    return this.#known;
  }

  /** Asks the server, unless that is known or was asked a moment ago. Waits for nothing, and nobody hears of a failure. */
  ask(): void {
    if (this.#known !== undefined || this.#clock.now() < this.#askAt) return;
    this.#askAt = Number.POSITIVE_INFINITY;
    void this.#look(); // never rejects
  }

  /** The server does not take bulks after all, or not any more. */
  deny(): void {
    this.#known = undefined;
    this.#askAt = this.#clock.now() + ASK_AGAIN_MS;
  }

  async #look(): Promise<void> {
    try {
      const limits = { timeout: PATIENCE_MS, totalTimeout: PATIENCE_MS };
      const { extensions } = await this.#requester.run(manifestCall(), limits);
      const taken = extensions.includes(BULK_ENQUEUE) || extensions.includes(BULK_OPERATIONS);
      if (taken) this.#queue ??= await this.#open();
      this.#known = taken && this.#queue;
    } catch {
      this.deny();
    }
  }

  async #open(): Promise<BulkQueue> {
    const { BulkQueue } = await import("./bulk-queue.ts");
    return new BulkQueue({ requester: this.#requester, clock: this.#clock, deny: () => this.deny() });
  }
}
