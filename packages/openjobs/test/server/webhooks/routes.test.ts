import { createHmac } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { webhookTarget } from "../../support/webhook-targets.ts";
import { testServer } from "../test-server.ts";

const BASE = "/ojs/v1/webhooks/subscriptions";
const DELIVERIES = "/ojs/v1/webhooks/deliveries";
const HOOK = { url: "https://example.com/hooks", events: ["job.completed", "job.*"] };
const ANY = { webhooks: { targets: "any", timeoutMs: 1_000 } } as const;

describe("subscriptions over HTTP", () => {
  it("show their secret to whoever made it, once", async () => {
    await using test = await testServer();
    const created = await test.post(BASE, { ...HOOK, filter: { queues: ["a"], job_types: ["b"] }, metadata: { x: 1 } });
    expect(created.status).toBe(201);
    const { secret, id } = created.body;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(created.headers.location).toBe(`${BASE}/${id}`);
    const shown = {
      id: expect.stringMatching(/^sub_/),
      url: HOOK.url,
      events: HOOK.events,
      active: true,
      filter: { queues: ["a"], job_types: ["b"] },
      metadata: { x: 1 },
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    };
    expect(created.body).toEqual({ ...shown, secret, subscription: { ...shown, secret } });
    expect((await test.get(`${BASE}/${id}`)).body).toEqual({ ...shown, subscription: shown });
    expect((await test.get(BASE)).body).toEqual({ subscriptions: [shown], count: 1 });
    const rotated = (await test.post(`${BASE}/${id}/rotate-secret`)).body;
    expect(rotated.secret).toMatch(/^whsec_/);
    expect(rotated.secret).not.toBe(secret);
    expect((await test.call("PATCH", `${BASE}/${id}`, { body: { active: false } })).text).not.toContain("whsec_");
    expect((await test.del(`${BASE}/${id}`)).text).not.toContain("whsec_");
    expect((await test.get(`${BASE}/${id}`)).status).toBe(404);
  });

  it("take a secret that the client brings", async () => {
    await using test = await testServer();
    const { body } = await test.post(BASE, { ...HOOK, secret: "whk_test_secret_001" });
    expect(body.secret).toBe("whk_test_secret_001");
    expect((await test.get(`${BASE}/${body.id}`)).text).not.toContain("whk_test");
  });

  it("change what is named, and null takes a filter away", async () => {
    await using test = await testServer();
    const { id } = (await test.post(BASE, { ...HOOK, filter: { queues: ["a"] } })).body;
    const patched = await test.call("PATCH", `${BASE}/${id}`, { body: { events: ["*"], filter: null } });
    expect(patched.body.subscription).toMatchObject({ events: ["*"], url: HOOK.url });
    expect(patched.body).not.toHaveProperty("filter");
  });

  it.each([
    [{}, "url"],
    [{ url: "example.com" }, "url"],
    [{ ...HOOK, url: "http://example.com/" }, "url"],
    [{ url: "https://user:pass@example.com/" }, "url"],
    [{ url: "https://example.com/#part" }, "url"],
    [{ ...HOOK, url: "https://169.254.169.254/" }, "url"],
    [{ url: `https://example.com/${"x".repeat(2_048)}` }, "url"],
    [{ ...HOOK, events: [] }, "events"],
    [{ ...HOOK, events: "job.*" }, "events"],
    [{ ...HOOK, events: ["job.complete"] }, "events[0]"],
    [{ ...HOOK, events: ["*", "nobody.*"] }, "events[1]"],
    [{ ...HOOK, secret: "short" }, "secret"],
    [{ ...HOOK, active: "yes" }, "active"],
    [{ ...HOOK, filter: ["a"] }, "filter"],
    [{ ...HOOK, filter: { queues: "a" } }, "filter.queues"],
    [{ ...HOOK, filter: { job_types: [""] } }, "filter.job_types[0]"],
    [{ ...HOOK, metadata: { x: "y".repeat(4_100) } }, "metadata"],
  ])("refuse %j, naming %s", async (body, field) => {
    await using test = await testServer();
    const refused = await test.post(BASE, body);
    expect(refused.status).toBe(400);
    expect(refused.body.error.details.field).toBe(field);
    expect((await test.get(BASE)).body.subscriptions).toEqual([]);
  });

  it.each([
    [{}, ""],
    [{ secret: "x".repeat(20) }, "secret"],
    [{ url: "https://10.0.0.1/" }, "url"],
    [{ active: null }, "active"],
  ])("refuse the change %j", async (body, field) => {
    await using test = await testServer();
    const { id } = (await test.post(BASE, HOOK)).body;
    const refused = await test.call("PATCH", `${BASE}/${id}`, { body });
    expect([refused.status, refused.body.error.details.field]).toEqual([400, field]);
  });

  it("are at most a hundred", async () => {
    await using test = await testServer();
    for (let count = 0; count < 100; count += 1) await test.post(BASE, HOOK);
    expect((await test.post(BASE, HOOK)).status).toBe(409);
  });
});

describe("deliveries over HTTP", () => {
  it("bring a job's end to a receiver, which can check who sent it in either dialect", async () => {
    await using target = await webhookTarget();
    await using test = await testServer(ANY);
    const { id, secret } = (await test.post(BASE, { url: target.url, events: ["job.completed"] })).body;
    await test.enqueue();
    const job = await test.fetchOne();
    await test.post("/ojs/v1/workers/ack", { job_id: job.id, result: { ok: true } });
    await vi.waitFor(() => expect(target.heard).toHaveLength(1));
    const { headers, body } = target.heard[0] ?? { headers: {}, body: "" };
    expect(JSON.parse(body)).toMatchObject({ type: "job.completed", subject: job.id, data: { result: { ok: true } } });
    const timestamp = String(headers["x-ojs-timestamp"]);
    expect(headers["x-ojs-signature"]).toBe(`sha256=${hmac(secret, `${timestamp}.${body}`).toString("hex")}`);
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const signed = hmac(key, `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
    expect(headers["webhook-signature"]).toBe(`v1,${signed.toString("base64")}`);
    await vi.waitFor(async () => {
      const { deliveries, pagination } = (await test.get(`${DELIVERIES}?status=delivered`)).body;
      expect(pagination).toMatchObject({ total: 1, has_more: false });
      expect(deliveries).toMatchObject([
        { id: headers["x-ojs-delivery-id"], subscription_id: id, event_type: "job.completed", attempts: 1 },
      ]);
    });
    const one = (await test.get(`${DELIVERIES}/${headers["x-ojs-delivery-id"]}`)).body;
    expect(one).toMatchObject({ status: "delivered", event: JSON.parse(body), next_attempt_at: null });
    expect((await test.post(`${DELIVERIES}/${one.id}/retry`)).status).toBe(409);
  });

  it("can be listed page by page, whatever became of them", async () => {
    await using target = await webhookTarget((response, { body }) => {
      response.writeHead(body.includes('"a"') ? 200 : body.includes('"b"') ? 404 : 500).end();
    });
    await using test = await testServer(ANY);
    const { id } = (await test.post(BASE, { url: target.url, events: ["job.enqueued"] })).body;
    for (const queue of ["a", "b", "c", "a", "b", "c"]) await test.enqueue({ options: { queue } });
    await vi.waitFor(async () => {
      const totals = ["pending", "dead", "delivered"].map(async (status) => {
        const { deliveries, pagination } = (await test.get(`${DELIVERIES}?status=${status}`)).body;
        const settled = deliveries.filter((one: { attempts: number }) => one.attempts === 1);
        return [settled.length, pagination.total];
      });
      expect(await Promise.all(totals)).toEqual([
        [2, 2],
        [2, 2],
        [2, 2],
      ]);
    });
    const seen: string[] = [];
    for (let cursor = "", rounds = 0; rounds < 9; rounds += 1) {
      const { body } = await test.get(`${DELIVERIES}?limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`);
      for (const { status } of body.deliveries) seen.push(status);
      expect(body.pagination.total).toBe(6);
      cursor = encodeURIComponent(body.pagination.next_cursor);
      if (cursor === "") break;
    }
    expect(seen).toEqual(["pending", "pending", "dead", "dead", "delivered", "delivered"]);
    expect((await test.get(`${DELIVERIES}?status=pending&subscription_id=${id}`)).body.deliveries).toHaveLength(2);
    const targetStatus = (await test.post(`${BASE}/${id}/test`)).body;
    expect(targetStatus).toMatchObject({ success: false, status_code: 500, response_body: "" });
  });

  it.each([
    `${DELIVERIES}?status=lost`,
    `${DELIVERIES}?subscription_id=x`,
    `${DELIVERIES}?cursor=x`,
    `${DELIVERIES}?offset=1`,
  ])("refuse %s", async (path) => {
    await using test = await testServer();
    expect((await test.get(path)).status).toBe(400);
  });

  it("are unknown by other ids", async () => {
    await using test = await testServer();
    expect((await test.get(`${DELIVERIES}/del_x`)).status).toBe(404);
    expect((await test.post(`${DELIVERIES}/del_x/retry`)).status).toBe(404);
    expect((await test.post(`${BASE}/sub_x/test`)).status).toBe(404);
  });
});

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
