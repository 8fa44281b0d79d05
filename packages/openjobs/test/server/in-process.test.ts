import { describe, expect, it } from "vitest";
import type { TransportResponse } from "../../src/client/transport.ts";
import { type TestServer, testServer } from "./test-server.ts";

const HEADERS = { "content-type": "application/openjobspec+json" };

function send(test: TestServer, path: string, body: object, signal?: AbortSignal): Promise<TransportResponse> {
  const request = { method: "POST", path, headers: HEADERS, body: JSON.stringify(body) } as const;
  return test.server.transport.request(signal === undefined ? request : { ...request, signal });
}

describe("the transport without a port", () => {
  it("answers what the port would answer", async () => {
    await using test = await testServer();
    const answer = await send(test, "/ojs/v1/jobs", { type: "a", args: [1] });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      "content-type": "application/openjobspec+json",
      "ojs-version": "1.0",
      location: expect.stringMatching(/^\/ojs\/v1\/jobs\//),
    });
    expect(JSON.parse(answer.body).job.args).toEqual([1]);
  });

  it("has the same limit on bodies", async () => {
    await using test = await testServer({ maxBodyBytes: 100 });
    expect((await send(test, "/ojs/v1/jobs", { type: "a", args: ["é".repeat(50)] })).status).toBe(413);
    expect((await test.post("/ojs/v1/jobs", { type: "a", args: ["é".repeat(50)] })).status).toBe(413);
  });

  it("passes the query on", async () => {
    await using test = await testServer();
    const request = { method: "GET", path: "/ojs/v1/queues?limit=7", headers: {} } as const;
    const { body } = await test.server.transport.request(request);
    expect(JSON.parse(body).pagination.limit).toBe(7);
  });

  it("rejects a waiting fetch with the reason of its signal, and claims nothing for it", async () => {
    await using test = await testServer();
    const caller = new AbortController();
    const waiting = send(test, "/ojs/v1/workers/fetch", { queues: ["default"], wait_ms: 30_000 }, caller.signal);
    await test.get("/ojs/v1/health");
    const reason = new Error("changed my mind");
    caller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await test.enqueue();
    expect((await test.fetchOne()).attempt).toBe(1);
  });

  it("gives back what was claimed while the signal was aborted", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue({ options: { retry: { max_attempts: 1 } } });
    const caller = new AbortController();
    const fetching = send(test, "/ojs/v1/workers/fetch", { queues: ["default"] }, caller.signal);
    caller.abort();
    await expect(fetching).rejects.toThrow();
    const again = await test.post("/ojs/v1/workers/fetch", { queues: ["default"], wait_ms: 5_000 });
    expect(again.body.jobs[0].id).toBe(id);
  });

  it("does not start when the signal is aborted already", async () => {
    await using test = await testServer();
    const aborted = AbortSignal.abort(new Error("too late"));
    await expect(send(test, "/ojs/v1/jobs", { type: "a", args: [] }, aborted)).rejects.toThrow("too late");
    expect((await test.get("/ojs/v1/queues")).body.queues).toEqual([]);
  });

  it("is like a refused connection once the server is closed", async () => {
    const test = await testServer();
    await test.server.close();
    const late = send(test, "/ojs/v1/jobs", { type: "a", args: [] });
    await expect(late).rejects.toMatchObject({ code: "connection_error", retryable: true });
  });
});
