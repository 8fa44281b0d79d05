/** Results (ojs-results §8): a look, and a wait that ends with the job. */
import { describe, expect, it, vi } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import { TestClock, turns } from "../../src/testing/test-clock.ts";
import { testServer } from "./test-server.ts";

const LIMITED = { retry: { max_attempts: 1 } };

describe("the result of a job", () => {
  it("is there when the job has ended, whatever way it did", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    expect(await test.get(`/ojs/v1/jobs/${id}/result`)).toMatchObject({
      ...{ status: 202, body: { job_id: id, state: "available" }, headers: { "retry-after": "1" } },
    });
    await test.fetchOne();
    await test.post("/ojs/v1/workers/ack", { job_id: id, result: [1, { two: null }] });
    const { status, body } = await test.get(`/ojs/v1/jobs/${id}/result?wait=true`);
    expect([status, body]).toMatchObject([200, { job_id: id, state: "completed", result: [1, { two: null }] }]);
    const failed = (await test.enqueue({ options: LIMITED })).id;
    await test.fetchOne();
    await test.post("/ojs/v1/workers/nack", { job_id: failed, error: { code: "x", message: "no" } });
    expect((await test.get(`/ojs/v1/jobs/${failed}/result`)).body).toMatchObject({
      ...{ state: "discarded", result: null, error: { message: "no" } },
    });
    expect((await test.get("/ojs/v1/jobs/019b76da-a800-7000-8000-000000000001/result?wait=true")).status).toBe(404);
  });

  it("is waited for, and comes as soon as it is there", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    const waiting = test.get(`/ojs/v1/jobs/${id}/result?wait=true&timeout=20`);
    const done = vi.fn();
    void waiting.then(done);
    await test.fetchOne();
    await turns(50);
    expect(done).not.toHaveBeenCalled();
    await test.post("/ojs/v1/workers/ack", { job_id: id, result: "here" });
    expect((await waiting).body).toMatchObject({ state: "completed", result: "here" });
  });

  it("is not waited for longer than asked", async () => {
    const clock = new TestClock(Date.UTC(2026, 0, 1));
    await using test = await testServer({ clock });
    const { id } = await test.enqueue();
    const waiting = test.get(`/ojs/v1/jobs/${id}/result?wait=true&timeout=5`);
    await turns(50);
    await clock.advance(5_000);
    expect(await waiting).toMatchObject({
      status: 408,
      body: { error: { code: "wait_timeout", details: { job_id: id } } },
    });
    expect((await test.get(`/ojs/v1/jobs/${id}/result?wait=true&timeout=soon`)).status).toBe(400);
  });

  it("is waited for no longer when the client has gone or the server closes", async () => {
    const test = await testServer({ storage: memory() });
    const { id } = await test.enqueue();
    const path = `/ojs/v1/jobs/${id}/result?wait=true`;
    const gone = new AbortController();
    const first = test.call("GET", path, { signal: gone.signal });
    const second = test.get(path);
    await turns(50);
    gone.abort();
    expect((await first).status).toBe(408);
    await test[Symbol.asyncDispose]();
    expect((await second).status).toBe(408);
  });
});
