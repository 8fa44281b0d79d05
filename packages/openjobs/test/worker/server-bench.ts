/** The real server in this process, with workers on its virtual clock. */
import { afterEach, beforeEach } from "vitest";
import { OjsClient, OjsWorker, type Transport, type WorkerOptions } from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { TestClock, turns } from "../../src/testing/test-clock.ts";
import { strictly } from "../support/strict-transport.ts";
import { type LogLine, recordingLogger } from "./bench.ts";

export interface ServerBench {
  readonly clock: TestClock;
  readonly server: OjsServer;
  readonly transport: Transport;
  readonly client: OjsClient;
  readonly log: LogLine[];
  /** A worker that is not started; it is stopped at the end of the test. */
  worker(options?: WorkerOptions): OjsWorker;
  /** Lets time go by. */
  pass(ms: number): Promise<void>;
}

/** One bench for each test of the file. */
export function serverBench(): () => ServerBench {
  let current: ServerBench;
  let workers: OjsWorker[] = [];
  beforeEach(async () => {
    workers = [];
    current = await openBench(workers);
  });
  afterEach(async () => {
    const stopping = Promise.all(workers.map((worker) => worker.stop({ grace: 0 })));
    await current.pass(10_000);
    await stopping;
    await current.server.close({ graceMs: 0 });
  });
  return () => current;
}

async function openBench(workers: OjsWorker[]): Promise<ServerBench> {
  const clock = new TestClock(Date.UTC(2026, 0, 1));
  const server = await createServer({ storage: memory(), clock, random: () => 0.5 });
  const transport = strictly(server.transport);
  const log: LogLine[] = [];
  return {
    ...{ clock, server, transport, log },
    client: new OjsClient({ transport }, { clock }),
    worker: (options = {}) => {
      const logger = recordingLogger(log);
      const made = new OjsWorker({ transport, handleSignals: false, logger, ...options }, { clock, random: () => 0.5 });
      workers.push(made);
      return made;
    },
    pass: (ms) => clock.advance(ms, () => turns(8)),
  };
}
