import { describe, expect, it, vi } from "vitest";
import { type Say, webhookTarget } from "../support/webhook-targets.ts";
import { type TestServer, testServer } from "./test-server.ts";

const ENDPOINTS = "/ojs/v1/push/endpoints";
const ANY = { webhooks: { targets: "any" } } as const;

/** A function that answers every job like this. */
function answers(body: object): Say {
  return (response) => void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function stateOf(test: TestServer, id: string): Promise<string> {
  return (await test.get(`/ojs/v1/jobs/${id}`)).body.job.state;
}

describe("push endpoints over HTTP", () => {
  it("show their secret to whoever made them, once", async () => {
    await using test = await testServer();
    const body = {
      endpoint: "https://f.example/run",
      queues: ["a"],
      job_types: ["b.c"],
      config: { timeout_ms: 1_000 },
    };
    const { status, body: made } = await test.post(ENDPOINTS, body);
    expect(status).toBe(201);
    const { signing_secret: secret, ...config } = made.config;
    expect(secret).toMatch(/^whsec_/);
    expect(config).toEqual({ timeout_ms: 1_000, max_concurrency: 10 });
    expect((await test.get(`${ENDPOINTS}/${made.id}`)).body).toEqual({ ...made, config });
    expect((await test.get(ENDPOINTS)).body).toEqual({ endpoints: [{ ...made, config }], count: 1 });
    const patched = await test.call("PATCH", `${ENDPOINTS}/${made.id}`, {
      body: { config: { max_concurrency: 3 }, active: false },
    });
    expect(patched.body).toMatchObject({ active: false, config: { timeout_ms: 1_000, max_concurrency: 3 } });
    expect((await test.del(`${ENDPOINTS}/${made.id}`)).status).toBe(200);
    expect((await test.get(`${ENDPOINTS}/${made.id}`)).status).toBe(404);
  });

  it.each([
    [{ queues: ["a"] }, "endpoint"],
    [{ endpoint: "https://10.0.0.1/", queues: ["a"] }, "endpoint"],
    [{ endpoint: "arn:aws:lambda:us-east-1:1:function:f", queues: ["a"] }, "endpoint"],
    [{ endpoint: "https://f.example/" }, "queues"],
    [{ endpoint: "https://f.example/", queues: [] }, "queues"],
    [{ endpoint: "https://f.example/", queues: ["a"], job_types: [] }, "job_types"],
    [{ endpoint: "https://f.example/", queues: ["a"], config: [] }, "config"],
    [{ endpoint: "https://f.example/", queues: ["a"], config: { max_concurrency: 0 } }, "config.max_concurrency"],
    [{ endpoint: "https://f.example/", queues: ["a"], config: { timeout_ms: 900_001 } }, "config.timeout_ms"],
    [{ endpoint: "https://f.example/", queues: ["a"], config: { signing_secret: "x" } }, "config.signing_secret"],
    [{ endpoint: "https://f.example/", queues: ["a"], active: 1 }, "active"],
  ])("refuse %j, naming %s", async (body, field) => {
    await using test = await testServer();
    const refused = await test.post(ENDPOINTS, body);
    expect([refused.status, refused.body.error.details.field]).toEqual([400, field]);
    expect((await test.get(ENDPOINTS)).body.endpoints).toEqual([]);
  });

  it("call a function with jobs, and it has done them when it says so", async () => {
    await using target = await webhookTarget(answers({ status: "completed", result: { sent: true } }));
    await using test = await testServer(ANY);
    await test.post(ENDPOINTS, { endpoint: target.url, queues: ["default"] });
    const { id } = await test.enqueue();
    await vi.waitFor(async () => expect(await stateOf(test, id)).toBe("completed"));
    expect(JSON.parse(target.heard[0]?.body ?? "")).toMatchObject({ job: { id, state: "active" } });
    expect((await test.get(`/ojs/v1/jobs/${id}`)).body.job.result).toEqual({ sent: true });
  });

  it("take a late report of the delivery that the job is held for, and of no other", async () => {
    await using target = await webhookTarget(() => undefined);
    await using test = await testServer(ANY);
    await test.post(ENDPOINTS, { endpoint: target.url, queues: ["default"] });
    const { id } = await test.enqueue();
    await vi.waitFor(() => expect(target.heard).toHaveLength(1));
    const { delivery_id, worker_id } = JSON.parse(target.heard[0]?.body ?? "");
    const report = { job_id: id, worker_id, result: 7 };
    expect((await test.post("/ojs/v1/workers/ack", { ...report, delivery_id: "del_other" })).status).toBe(409);
    expect((await test.post("/ojs/v1/workers/nack", { ...report, delivery_id: "x", error: "no" })).status).toBe(409);
    expect(await stateOf(test, id)).toBe("active");
    expect((await test.post("/ojs/v1/workers/ack", { ...report, delivery_id })).status).toBe(200);
    expect(await stateOf(test, id)).toBe("completed");
    // The answer was lost, and the function asks again.
    expect((await test.post("/ojs/v1/workers/ack", { ...report, delivery_id })).status).toBe(200);
  });
});
