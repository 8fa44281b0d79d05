/** Results from the real server, over every transport. */
import { describe, expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import { FetchTransport } from "../../src/client/fetch-transport.ts";
import { HttpTransport } from "../../src/client/node-transport.ts";
import type { Transport } from "../../src/client/transport.ts";
import { OjsJobFailedError } from "../../src/core/job-failed-error.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { OjsWorker } from "../../src/worker/worker.ts";
import { cuttableProxy } from "../support/cuttable-proxy.ts";
import { cutting } from "./live/cutting-transport.ts";

const ways: readonly [string, (server: OjsServer, url: string) => Transport][] = [
  ["in process", (server) => server.transport],
  ["over node:http", (_, url) => new HttpTransport({ url })],
  ["over fetch", (_, url) => new FetchTransport({ url })],
  ["without streams", ({ transport }) => ({ request: (request) => transport.request(request) })],
];

async function start(): Promise<{ server: OjsServer; url: string; port: number; worker: OjsWorker }> {
  const server = await createServer({ storage: memory() });
  const worker = new OjsWorker({ transport: server.transport, concurrency: 50 });
  worker.register("double", (job) => Number(job.args[0]) * 2);
  worker.register("fail", () => {
    throw new TypeError("no luck");
  });
  return { server, worker, ...(await server.listen(0)) };
}

describe.each(ways)("results %s", (_, open) => {
  it("come, as do failures and cancellations, and jobs that are not there", async () => {
    const { server, worker, url } = await start();
    const client = new OjsClient({ transport: open(server, url) });
    const good = await client.enqueue("double", 21);
    const bad = await client.enqueue("fail", [], { retry: { maxAttempts: 1 } });
    const off = await client.enqueue("double", 1, { delay: "1h" });
    const results = Promise.allSettled([good, bad, off].map((job) => client.result(job)));
    await worker.start();
    await client.cancelJob(off.id);
    const [first, second, third] = await results;
    expect(first).toEqual({ status: "fulfilled", value: 42 });
    expect(second).toMatchObject({ status: "rejected", reason: { jobId: bad.id, state: "discarded" } });
    expect(third).toMatchObject({ status: "rejected", reason: { jobId: off.id, state: "cancelled" } });
    const again = await client.result(bad).catch((error: unknown) => error);
    expect(again instanceof OjsJobFailedError && again.errors[0]).toMatchObject({
      type: "TypeError",
      message: "no luck",
    });
    const nobody = "019b76da-b000-7000-8000-00000000000f";
    await expect(client.result(nobody)).rejects.toMatchObject({ code: "not_found" });
    await worker.stop();
    await server.close({ graceMs: 0 });
  });
});

describe("many results", () => {
  it("come over one stream", async () => {
    const { server, worker } = await start();
    let streams = 0;
    const client = new OjsClient({
      transport: {
        request: (request) => server.transport.request(request),
        async stream(request) {
          streams += 1;
          const stream = await server.transport.stream?.(request);
          if (stream === undefined) throw new Error("no streams");
          return stream;
        },
      },
    });
    const jobs = await client.enqueueBatch(Array.from({ length: 200 }, (_, n) => ({ type: "double", args: n })));
    const results = jobs.map((job) => client.result(job));
    await worker.start();
    expect(await Promise.all(results)).toEqual(jobs.map((_, n) => n * 2));
    // The second one is for the last of them.
    expect(streams).toBeLessThanOrEqual(2);
    await worker.stop();
    await server.close();
  });

  it("come wherever the streams are cut, to those who wait one after the other", async () => {
    const { server, worker } = await start();
    const transport = cutting(server.transport);
    const client = new OjsClient({ transport }, { random: () => 0 });
    await worker.start();
    const results = Array.from({ length: 40 }, async (_, n) => {
      for (let turn = 0; turn < n; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return client.result<number>(await client.enqueue("double", n));
    });
    expect(await Promise.all(results)).toEqual(results.map((_, n) => n * 2));
    expect(transport.breaks).toBeGreaterThan(0);
    await worker.stop();
    await server.close();
  });

  it("come when the server was out of reach meanwhile", async () => {
    const { server, worker, port } = await start();
    await using proxy = await cuttableProxy("127.0.0.1", port);
    const client = new OjsClient({ url: `http://127.0.0.1:${proxy.port}` }, { random: () => 0 });
    const job = await client.enqueue("double", 4);
    const result = client.result(job);
    await expect.poll(() => proxy.connections).toBeGreaterThan(1);
    proxy.cut();
    await worker.start();
    await expect
      .poll(async () => (await new OjsClient({ transport: server.transport }).getJob(job.id)).state)
      .toBe("completed");
    proxy.mend();
    expect(await result).toBe(8);
    await client.close();
    await worker.stop();
    await server.close({ graceMs: 0 });
  });
});
