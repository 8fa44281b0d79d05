import { describe, expect, it } from "vitest";
import { testServer } from "./test-server.ts";

describe.each(["/ojs/v1/queues", "/ojs/v1/admin/queues"])("GET and PUT %s/{name}/config", (base) => {
  it("set and tell the settings of a queue, and what follows from them", async () => {
    await using test = await testServer();
    const put = await test.call("PUT", `${base}/reports/config`, {
      body: { default_timeout: 60, default_retry: { max_attempts: 2 }, concurrency: 10 },
    });
    expect(put.status).toBe(200);
    const { body } = await test.get(`${base}/reports/config`);
    expect(body).toEqual(put.body);
    expect(body).toMatchObject({
      name: "reports",
      queue: "reports",
      config: { default_timeout: 60, default_retry: { max_attempts: 2 }, concurrency: 10 },
      applied: { timeout_ms: 60_000, retry: { max_attempts: 2 } },
      ignored: ["concurrency"],
      updated_at: expect.stringMatching(/Z$/),
    });
    const job = await test.enqueue({ options: { queue: "reports" } });
    expect(job).toMatchObject({ max_attempts: 2, timeout_ms: 60_000, retry: { max_attempts: 2 } });
  });

  it("know the default policy, which is no queue", async () => {
    await using test = await testServer();
    await test.call("PUT", `${base}/_default/config`, { body: { default_priority: 7 } });
    expect((await test.get(`${base}/_default/config`)).body).toMatchObject({
      name: "_default",
      applied: { priority: 7 },
    });
    expect((await test.enqueue()).priority).toBe(7);
    expect((await test.post("/ojs/v1/jobs", { type: "a", args: [], queue: "_default" })).status).toBe(400);
  });

  it("answer 200 for a queue that has none, 400 for no queue's name and for nonsense", async () => {
    await using test = await testServer();
    expect((await test.get(`${base}/fresh/config`)).body).toEqual({
      name: "fresh",
      queue: "fresh",
      config: {},
      applied: {},
      ignored: [],
    });
    expect((await test.get(`${base}/No%20Queue/config`)).status).toBe(400);
    const wrong = await test.call("PUT", `${base}/a/config`, { body: { default_timeout: "long" } });
    expect([wrong.status, wrong.body.error.details.field]).toEqual([400, "default_timeout"]);
    const retry = await test.call("PUT", `${base}/a/config`, { body: { default_retry: { max_attempts: -1 } } });
    expect([retry.status, retry.body.error.type]).toEqual([422, "validation_error"]);
  });
});
