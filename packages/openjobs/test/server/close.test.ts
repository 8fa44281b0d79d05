import { request as httpRequest } from "node:http";
import { describe, expect, it } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import { wrapStorage } from "../support/storage-wrapper.ts";
import { testServer } from "./test-server.ts";

interface HttpAnswer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: string;
}

function post(url: string, body: object): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method: "POST", agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: incoming.statusCode, connection: incoming.headers.connection, body: text });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(body));
  });
}

describe("closing a server", () => {
  it("answers waiting fetches with nothing and ends their connections", async () => {
    const test = await testServer();
    const { url } = await test.server.listen(0);
    const waiting = post(`${url}/ojs/v1/workers/fetch`, { queues: ["default"], wait_ms: 30_000 });
    // A second request that has been answered proves that the first one has arrived: one loop, in order.
    await post(`${url}/ojs/v1/jobs`, { type: "a", args: [], options: { queue: "other" } });
    await test.server.close();
    expect(await waiting).toEqual({ status: 200, connection: "close", body: '{"jobs":[]}' });
    await expect(post(`${url}/ojs/v1/jobs`, {})).rejects.toThrow(/ECONNREFUSED/);
  });

  it("hands out nothing any more once it has begun", async () => {
    const test = await testServer();
    await test.enqueue();
    const closing = test.server.close();
    expect((await test.post("/ojs/v1/workers/fetch", { queues: ["default"] })).body.jobs).toEqual([]);
    expect((await test.get("/ready")).status).toBe(503);
    await closing;
  });

  it("may be asked for twice, and closes the storage once", async () => {
    const storage = memory();
    let closed = 0;
    const counting = wrapStorage(storage, {
      close: () => {
        closed += 1;
        return storage.close();
      },
    });
    const test = await testServer({ storage: counting });
    await Promise.all([test.server.close(), test.server.close()]);
    await test.server.close();
    expect(closed).toBe(1);
  });

  it("refuses to listen twice, or after the end", async () => {
    const test = await testServer();
    await test.server.listen(0);
    await expect(test.server.listen(0)).rejects.toThrow("listens already");
    await test.server.close();
    await expect(test.server.listen(0)).rejects.toThrow("closed");
  });

  it("says which port is in use, and can then listen on another", async () => {
    await using first = await testServer();
    await using second = await testServer();
    const { port } = await first.server.listen(0);
    await expect(second.server.listen(port)).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
    expect((await second.server.listen(0)).port).not.toBe(port);
  });
});
