/** Several engines over one memory storage and one clock. */
import { onTestFinished } from "vitest";
import { createEngine, type Engine, type EngineOptions } from "../../../src/engine/engine.ts";
import { memory } from "../../../src/storage/memory/index.ts";
import type { Group, GroupOutcome } from "../../../src/storage/storage.ts";
import { TestClock } from "../../../src/testing/test-clock.ts";
import { START, sampleRequest } from "../../core/sample-job.ts";
import { QUEUE } from "../../suites/engine/bench.ts";
import { CrashingStorage } from "../../support/crashing-storage.ts";
import { SignalBus } from "../../support/signal-bus.ts";
import { BusyStorage, sharedStorage, wrapStorage } from "../../support/storage-wrapper.ts";

/** One of them. */
export interface Server {
  readonly engine: Engine;
  /** What it has committed, with the outcomes. */
  readonly commits: readonly (readonly [Group, GroupOutcome])[];
  /** kill −9: it says and hears nothing any more, and the storage is out of its reach. */
  kill(): void;
}

/** All of them. */
export class Servers {
  readonly clock: TestClock = new TestClock(START);
  readonly bus: SignalBus = new SignalBus();
  /** Trouble that engines could tell nobody about. */
  readonly errors: unknown[] = [];
  readonly #memory = memory();
  readonly #busy = new BusyStorage(sharedStorage(this.#memory));

  /** As many as that, started one after the other; they end with the test. */
  async start(count: number, options: Partial<EngineOptions> = {}): Promise<readonly Server[]> {
    await this.#memory.open();
    const servers: Server[] = [];
    for (let left = count; left > 0; left -= 1) servers.push(await this.#startOne(options));
    return servers;
  }

  /** Lets whatever is under way end; no time passes. */
  rest(): Promise<void> {
    return this.#busy.rest();
  }

  /** What is stored; reading a job through an engine would move it if it is due. */
  async stateOf(id: string): Promise<string | undefined> {
    return (await this.#busy.storage.jobs.get([id]))[0]?.state;
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms, () => this.rest());
  }

  async #startOne(options: Partial<EngineOptions>): Promise<Server> {
    const commits: (readonly [Group, GroupOutcome])[] = [];
    const crashing = new CrashingStorage(this.#busy.storage);
    const watched = wrapStorage(crashing.storage, {
      commit: async (group) => {
        const outcome = await crashing.storage.commit(group);
        commits.push([group, outcome]);
        return outcome;
      },
    });
    const link = this.bus.connect(watched);
    let isDead = false;
    const engine = createEngine({
      storage: link.storage,
      clock: this.clock,
      random: () => 0.5,
      onError: (error) => !isDead && this.errors.push(error),
      ...options,
    });
    await engine.start();
    await this.advance(0);
    onTestFinished(() => engine.close());
    const kill = (): void => {
      isDead = true;
      crashing.crash();
      link.cut();
    };
    return { engine, commits, kill };
  }
}

/** Enqueues a job; answers its id. */
export async function enqueue({ engine }: Server, fields: Parameters<typeof sampleRequest>[0] = {}): Promise<string> {
  return (await engine.enqueue(sampleRequest(fields))).job.id;
}

/** A fetch that waits for an hour, and the ids that it got so far. */
export function park({ engine }: Server, queues: readonly string[] = [QUEUE]): { readonly got: readonly string[] } {
  const got: string[] = [];
  const request = { queues, count: 1, workerId: "worker-1", visibilityMs: 30_000, waitMs: 3_600_000 };
  void engine.fetch(request).then(
    (jobs) => got.push(...jobs.map(({ id }) => id)),
    () => undefined,
  );
  return { got };
}
