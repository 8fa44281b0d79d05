/** The worker over real sockets. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HttpTransport } from "../../src/client/node-transport.ts";
import { FetchTransport, OjsClient, OjsWorker, type Transport, type WorkerOptions } from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";

let server: OjsServer;
let client: OjsClient;
let url: string;
const workers: OjsWorker[] = [];

beforeEach(async () => {
  server = await createServer({ storage: memory(), apiKey: "key" });
  ({ url } = await server.listen(0));
  client = new OjsClient({ url, apiKey: "key" });
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop({ grace: 0 })));
  await client.close();
  await server.close({ graceMs: 0 });
});

function makeWorker(options: WorkerOptions): OjsWorker {
  const worker = new OjsWorker({ apiKey: "key", handleSignals: false, ...options });
  workers.push(worker);
  return worker;
}

const ways: readonly [string, () => WorkerOptions][] = [
  ["by address", () => ({ url })],
  ["fetch", () => ({ transport: new FetchTransport({ url }) })],
];

describe.each(ways)("over HTTP (%s)", (_, way) => {
  it("does hundreds of jobs, some of them twice, and keeps every result", async () => {
    const worker = makeWorker({ ...way(), concurrency: 20 });
    worker.register("square", (job) => {
      const [value] = job.args;
      if (typeof value !== "number") throw new TypeError("not a number");
      if (value % 10 === 0 && job.attempt === 1) throw new Error("try again");
      return value * value;
    });
    await worker.start();
    const options = { retry: { maxAttempts: 2, initialInterval: 10 } } as const;
    const input = Array.from({ length: 300 }, (_unused, value) => ({ type: "square", args: [value], options }));
    const jobs = await client.enqueueBatch(input);
    await expect.poll(async () => (await client.getQueueStats("default")).counts.completed).toBe(300);
    const results = await Promise.all(jobs.map(({ id }) => client.getJob(id)));
    expect(results.map(({ result }) => result)).toEqual(input.map((_unused, value) => value * value));
  });
});

/** Counts what travels, by the last word of the path. */
function counting(): { readonly transport: Transport; readonly counts: Map<string, number> } {
  const inner = new HttpTransport({ url });
  const counts = new Map<string, number>();
  const transport: Transport = {
    request: (request) => {
      const word = request.path.slice(request.path.lastIndexOf("/") + 1);
      counts.set(word, (counts.get(word) ?? 0) + 1);
      return inner.request(request);
    },
  };
  return { transport, counts };
}

describe("a drain over HTTP at concurrency 50", () => {
  it.each([
    ["takes one request per twenty jobs at most", true],
    ["without the exchange acknowledges each job alone", false],
  ])("%s, and exceeds neither concurrency nor attempts", async (_, exchange) => {
    const { transport, counts } = counting();
    const runs = new Map<string, number>();
    let running = 0;
    let most = 0;
    const worker = makeWorker({ transport, concurrency: 50, exchange });
    worker.register("noop", async ({ id }) => {
      running += 1;
      most = Math.max(most, running, worker.activeJobs);
      runs.set(id, (runs.get(id) ?? 0) + 1);
      await Promise.resolve();
      running -= 1;
    });
    const jobs = await client.enqueueBatch(Array.from({ length: 1_000 }, () => ({ type: "noop" })));
    await worker.start();
    const completed = async () => (await client.getQueueStats("default")).counts.completed;
    await expect.poll(completed).toBe(1_000);
    expect(jobs.map(({ id }) => runs.get(id))).toEqual(jobs.map(() => 1));
    expect(most).toBeLessThanOrEqual(50);
    const requests = [...counts.values()].reduce((sum, count) => sum + count, 0);
    if (exchange) expect(1_000 / requests).toBeGreaterThanOrEqual(20);
    else
      expect([counts.get("ack"), counts.get("exchange"), counts.get("manifest")]).toEqual([
        1_000,
        undefined,
        undefined,
      ]);
  });
});

describe("over HTTP", () => {
  it("gives back a parked fetch when it stops: the next job waits for somebody else", async () => {
    const worker = makeWorker({ url });
    worker.register("test.job", () => 1);
    const entered = new Promise<void>((resolve) => void worker.register("first", () => resolve()));
    await worker.start();
    await client.enqueue("first");
    await entered;
    await worker.stop();
    const { id } = await client.enqueue("test.job");
    expect((await client.getJob(id)).state).toBe("available");
  });

  it("completes a job once though the connection of every first ack is killed before the answer", async () => {
    const transport = new HttpTransport({ url });
    const seen = new Set<string>();
    const killing: Transport = {
      async request(request) {
        const answer = await transport.request(request);
        if (!request.path.endsWith("/ack") || seen.has(request.body ?? "")) return answer;
        seen.add(request.body ?? "");
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      },
      close: () => transport.close(),
    };
    let runs = 0;
    const worker = makeWorker({ transport: killing });
    worker.register("test.job", () => {
      runs += 1;
      return runs;
    });
    await worker.start();
    const { id } = await client.enqueue("test.job");
    await expect.poll(() => runs === 1 && worker.activeJobs === 0).toBe(true);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", attempt: 1, result: 1 });
    await transport.close();
  });
});
