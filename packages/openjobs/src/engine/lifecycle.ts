/** Start and end of an engine. */
import type { Storage } from "../storage/storage.ts";
import type { EngineParts } from "./parts.ts";

/** Opens and closes everything in its order. */
export class Lifecycle {
  readonly #storage: Storage;
  readonly #parts: EngineParts;
  #startedAt: number;
  #closed: Promise<void> | undefined;

  constructor(storage: Storage, parts: EngineParts) {
    this.#storage = storage;
    this.#parts = parts;
    this.#startedAt = parts.context.clock.now();
  }

  /** When it was started, Unix milliseconds. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** See `Engine.start`. */
  async start(): Promise<void> {
    const { context, fleet, settings, timer } = this.#parts;
    // Before anything is read: what others change meanwhile is heard of.
    fleet.join();
    await this.#storage.open();
    this.#startedAt = context.clock.now();
    await Promise.all([settings.load(), context.checkpoints.load(this.#storage)]);
    timer.start(context.clock.now());
  }

  /** See `Engine.close`. Later calls wait for the first one. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    const { context, fleet, timer, webhooks, push, outgoing, relay, closing } = this.#parts;
    closing.abort();
    context.waiters.close();
    const letGo = [webhooks.close(), push.close()].filter((work) => work !== undefined);
    // What is on its way is given back by a commit, so for that moment there still are commits.
    if (letGo.length > 0) await Promise.all(letGo);
    await Promise.all([timer.stop(), context.committer.close()]);
    fleet.leave();
    await Promise.all([outgoing.close(), relay.leave()]);
    await this.#storage.close();
  }
}
