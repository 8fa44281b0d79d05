/** Parts of the SDK are files, and files can be missing: a bundle on a network, a deployment that replaces them. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OjsClient, OjsWorker, Transport } from "../../../src/index.ts";
import { TestClock } from "../../../src/testing/test-clock.ts";
import { FakeProcess } from "../fake-process.ts";
import { respond, StubServer } from "../stub-server.ts";

/** The SDK as a program has it that has made no call yet. */
type Sdk = typeof import("../../../src/index.ts");

const MACHINERY = "../../../src/worker/machine.ts";
const CARRYING = "../../../src/client/carry.ts";
const JOB_TALK = "../../../src/client/job-talk.ts";

let sdk: Sdk;

beforeEach(async () => {
  vi.resetModules();
  sdk = await import("../../../src/index.ts");
});

afterEach(async () => {
  // Files that come later have the same process.
  for (const part of [MACHINERY, CARRYING, JOB_TALK]) await find(part);
});

/** Both take effect some time after they are said, so each is looked at before a test goes on. */
async function lose(part: string): Promise<void> {
  vi.doMock(part, () => Promise.reject(new Error("the network is down")));
  await vi.waitFor(async () => expect(await isThere(part)).toBe(false));
}

async function find(part: string): Promise<void> {
  vi.doUnmock(part);
  await vi.waitFor(async () => expect(await isThere(part)).toBe(true));
}

function isThere(part: string): Promise<boolean> {
  return import(/* @vite-ignore */ part).then(
    () => true,
    () => false,
  );
}

describe("a worker whose machinery cannot be loaded", () => {
  interface Made {
    readonly clock: TestClock;
    readonly server: StubServer;
    readonly worker: OjsWorker;
  }

  function workerOf(signals = new FakeProcess()): Made {
    const clock = new TestClock(Date.UTC(2026, 0, 1));
    const server = new StubServer(clock);
    return { clock, server, worker: new sdk.OjsWorker({ transport: server }, { signals, clock }) };
  }

  it("says so, is idle again, and can be started once more", async () => {
    const signals = new FakeProcess();
    const { clock, worker, server } = workerOf(signals);
    await lose(MACHINERY);
    await expect(worker.start()).rejects.toThrow(sdk.OjsConnectionError);
    expect([worker.state, signals.listening]).toEqual(["idle", 0]);
    await find(MACHINERY);
    await worker.start();
    expect(worker.state).toBe("running");
    await vi.waitFor(() => expect(server.of("fetch")).toHaveLength(1));
    const stopping = worker.stop();
    await clock.advance(60_000);
    await stopping;
  });

  it("has ended all the same when it was stopped meanwhile", async () => {
    const { worker, server } = workerOf();
    await lose(MACHINERY);
    const starting = worker.start();
    await worker.stop();
    await starting;
    expect(worker.state).toBe("terminated");
    expect(server.received).toEqual([]);
  });
});

describe("a client", () => {
  function clientOf(sent: string[] = []): OjsClient {
    const transport: Transport = {
      request: async ({ path, body = "" }) => {
        if (!path.endsWith("/jobs")) return respond(404, {});
        sent.push(body);
        return respond(201, { job: JSON.parse(body) });
      },
    };
    return new sdk.OjsClient({ transport });
  }

  it("sends with its first call what it was given, though that is changed while it is loaded", async () => {
    const sent: string[] = [];
    const client = clientOf(sent);
    const args = { to: "ada" };
    const options = { queue: "mail", meta: { by: "me" } };
    const jobs = [1, 2, 3].map((place) => {
      args.to = `ada ${place}`;
      return client.enqueue("email.send", args, options);
    });
    Object.assign(args, { to: "somebody else" });
    Object.assign(options.meta, { by: "nobody" });
    expect((await Promise.all(jobs)).map((job) => job.args)).toEqual([1, 2, 3].map((n) => [{ to: `ada ${n}` }]));
    const bodies = sent.map((body) => JSON.parse(body));
    expect(bodies.map((body) => [body.args, body.meta])).toEqual(
      [1, 2, 3].map((n) => [[{ to: `ada ${n}` }], { by: "me" }]),
    );
  });

  it("refuses what cannot travel without loading anything", async () => {
    for (const part of [CARRYING, JOB_TALK]) await lose(part);
    await expect(clientOf().enqueue("email.send", [1n])).rejects.toMatchObject({ details: { field: "args[0]" } });
  });

  it("sends nothing when its first call is aborted while it is loaded", async () => {
    const sent: string[] = [];
    const controller = new AbortController();
    const call = clientOf(sent).enqueue("email.send", [], {}, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "aborted", operation: "enqueue" });
    expect(sent).toEqual([]);
  });

  it.each([CARRYING, JOB_TALK])(
    "says so when it cannot be loaded, and tries again with the next call: %s",
    async (part) => {
      const sent: string[] = [];
      const client = clientOf(sent);
      await lose(part);
      await expect(client.enqueue("email.send")).rejects.toThrow(sdk.OjsConnectionError);
      expect(sent).toEqual([]);
      await find(part);
      expect(await client.enqueue("email.send")).toMatchObject({ type: "email.send" });
      expect(sent).toHaveLength(1);
    },
  );
});
