/** Whether the server takes jobs in bulk: looked up in the background, and remembered. */
import type { Clock } from "../../core/clock.ts";
import { BULK_ENQUEUE } from "../../core/extensions.ts";
import { manifestCall } from "../calls/system.ts";
import type { Requester } from "../requester.ts";

const BULK_OPERATIONS = "urn:ojs:ext:bulk-operations";

/** A manifest that takes longer is no use. */
const PATIENCE_MS = 5_000;

/** After a failure, or when the server did not keep its word. */
const ASK_AGAIN_MS = 30_000;

/** See above. */
export class BulkSupport {
  readonly #requester: Requester;
  readonly #clock: Clock;
  #known: boolean | undefined;
  #askAt = Number.NEGATIVE_INFINITY;

  constructor(requester: Requester, clock: Clock) {
    this.#requester = requester;
    this.#clock = clock;
  }

  /** Undefined = not known yet. */
  get known(): boolean | undefined {
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
      this.#known = extensions.includes(BULK_ENQUEUE) || extensions.includes(BULK_OPERATIONS);
    } catch {
      this.deny();
    }
  }
}
