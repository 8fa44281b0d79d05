/** Several servers on one store, each of which may be killed while the others go on. */
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { CrashingStorage } from "../../support/crashing-storage.ts";
import { sharedStorage } from "../../support/storage-wrapper.ts";
import type { EngineBench } from "./bench.ts";
import type { Crash } from "./stories.ts";

/** How time goes by while something happens. */
export interface Passage {
  readonly advanceMs: number;
  /** Timers that ring on the way wait neither for each other nor for what happens, so that several see the same at once. */
  readonly hurried: boolean;
  readonly crash: Crash | undefined;
}

interface Server {
  readonly storage: CrashingStorage;
  readonly engine: Engine;
}

export class Servers {
  readonly #bench: EngineBench;
  readonly #store: Storage;
  readonly #servers: Server[] = [];

  /** @param store What all of them work on. */
  constructor(bench: EngineBench, store: Storage) {
    this.#bench = bench;
    this.#store = store;
  }

  /** Starts so many servers. */
  async start(count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) await this.#boot(number);
  }

  /** One of the servers; numbers go round. */
  engine(number: number): Engine {
    const server = this.#servers[number % this.#servers.length];
    if (server === undefined) throw new Error("No server was started.");
    return server.engine;
  }

  /** All of these things happen at once while time goes by; servers that were killed on the way are started again. */
  async play<Step>(
    steps: readonly Step[],
    happen: (step: Step) => Promise<void>,
    { advanceMs, hurried, crash }: Passage,
  ): Promise<void> {
    if (crash !== undefined) this.#servers[crash.server]?.storage.arm(crash.point, crash.spared);
    const outcomes = Promise.allSettled(steps.map(happen));
    if (hurried) await this.#bench.clock.advance(advanceMs, () => Promise.resolve());
    else await this.#bench.advance(advanceMs);
    await this.#bench.rest();
    for (const [number, { storage }] of this.#servers.entries()) if (storage.crashed) await this.#reboot(number);
    for (const outcome of await outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** Starts all of them again; none is about to be killed then. */
  async restart(): Promise<void> {
    for (const number of this.#servers.keys()) await this.#reboot(number);
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map(({ engine }) => engine.close()));
  }

  async #reboot(number: number): Promise<void> {
    await this.#servers[number]?.engine.close();
    await this.#boot(number);
  }

  async #boot(number: number): Promise<void> {
    const storage = new CrashingStorage(this.#store);
    const { clock } = this.#bench;
    const engine = createEngine({ storage: sharedStorage(storage.storage), clock, random: () => 0.5 });
    await engine.start();
    await this.#bench.advance(0);
    this.#servers[number] = { storage, engine };
  }
}
