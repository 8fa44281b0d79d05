/** What every method puts on the wire, to the byte, and what it makes of the answers of different servers. */
import { describe, expect, it } from "vitest";
import type { OjsClient } from "../../src/client/client.ts";
import { answer, ScriptedTransport } from "./scripted-transport.ts";
import { clientOn, exchange } from "./wire-exchange.ts";

const ID = "019b7000-0000-7000-8000-000000000001";
const job = { specversion: "1.0", id: ID, type: "email.send", queue: "default", args: [1], state: "available" };

describe("jobs", () => {
  it("enqueue: an object travels as the only argument, with an id of the client's", async () => {
    const { sent, result } = await exchange({ job }, (client) => client.enqueue("email.send", { to: "a@b.c" }), 201);
    expect(sent).toBe('POST /ojs/v1/jobs {"id":"id-1","type":"email.send","args":[{"to":"a@b.c"}]}');
    expect(result).toMatchObject({ id: ID, type: "email.send", state: "available", args: [1] });
  });

  it("enqueue: every option has its place and its spelling", async () => {
    const { sent } = await exchange(job, (client) =>
      client.enqueue("email.send", ["a", 2], {
        id: ID,
        queue: "email",
        priority: "high",
        delay: "5m",
        expiresAt: new Date("2026-03-01T00:00:00Z"),
        timeout: "30s",
        gracePeriod: "1s",
        totalTimeout: "1h",
        enqueueTtl: "10m",
        heartbeatTimeout: "20s",
        visibilityTimeout: 5_000,
        retry: {
          maxAttempts: 5,
          initialInterval: "1.5s",
          backoffCoefficient: 3,
          backoffStrategy: "polynomial",
          maxInterval: "PT1H",
          jitter: false,
          nonRetryableErrors: ["Auth.*"],
          onExhaustion: "dead_letter",
        },
        unique: {
          keys: ["type", "args"],
          argsKeys: ["user"],
          metaKeys: ["tenant"],
          period: "1h",
          states: ["available"],
          onConflict: "replace",
        },
        rateLimit: {
          key: "stripe",
          concurrency: 5,
          rate: { limit: 100, period: "1m" },
          throttle: { limit: 10, period: 1_000 },
        },
        tags: ["vip"],
        meta: { trace: "t-1" },
        schema: "urn:ojs:schema:email",
        pending: true,
      }),
    );
    expect(sent).toBe(
      `POST /ojs/v1/jobs {"id":"${ID}","type":"email.send","args":["a",2],"meta":{"trace":"t-1"},` +
        '"schema":"urn:ojs:schema:email","options":{"queue":"email","priority":10,' +
        '"delay_until":"2026-01-01T00:05:00.000Z","expires_at":"2026-03-01T00:00:00.000Z","timeout_ms":30000,' +
        '"grace_period_ms":1000,"total_timeout_ms":3600000,"enqueue_ttl_ms":600000,"heartbeat_timeout_ms":20000,' +
        '"visibility_timeout_ms":5000,"retry":{"max_attempts":5,"initial_interval":"PT1.5S","backoff_coefficient":3,' +
        '"backoff_strategy":"polynomial","max_interval":"PT1H","jitter":false,"non_retryable_errors":["Auth.*"],' +
        '"on_exhaustion":"dead_letter"},"unique":{"keys":["type","args"],"args_keys":["user"],"meta_keys":["tenant"],' +
        '"period":"PT1H","states":["available"],"on_conflict":"replace"},' +
        '"rate_limit":{"key":"stripe","concurrency":5,"rate":{"limit":100,"period":"PT1M"},' +
        '"throttle":{"limit":10,"period":"PT1S"}},"tags":["vip"],"pending":true}}',
    );
  });

  it("enqueueBatch", async () => {
    const inputs = [{ type: "a" }, { type: "b", args: { x: 1 }, options: { queue: "q", meta: { m: 1 }, id: ID } }];
    const { sent, result } = await exchange(
      { jobs: [job, job], count: 2 },
      (client) => client.enqueueBatch(inputs),
      201,
    );
    expect(sent).toBe(
      'POST /ojs/v1/jobs/batch {"jobs":[{"id":"id-1","type":"a","args":[]},' +
        `{"id":"${ID}","type":"b","args":[{"x":1}],"meta":{"m":1},"options":{"queue":"q"}}]}`,
    );
    expect(result.map(({ id }) => id)).toEqual([ID, ID]);
  });

  it("enqueueBatch of nothing sends nothing", async () => {
    const transport = new ScriptedTransport();
    expect(await clientOn(transport).enqueueBatch([])).toEqual([]);
  });

  it.each([
    ["wrapped", { job }],
    ["flat", job],
    ["both", { job, ...job }],
  ])("getJob reads a %s answer", async (_, response) => {
    const { sent, result } = await exchange(response, (client) => client.getJob(ID));
    expect(sent).toBe(`GET /ojs/v1/jobs/${ID}`);
    expect(result).toMatchObject({ id: ID, queue: "default" });
  });

  it("cancelJob, activateJob", async () => {
    expect((await exchange({ job }, (client) => client.cancelJob(ID))).sent).toBe(`DELETE /ojs/v1/jobs/${ID}`);
    expect((await exchange({ job }, (client) => client.activateJob(ID))).sent).toBe(`POST /ojs/v1/jobs/${ID}/activate`);
  });

  it("percent-encodes ids and names, and refuses those that would lead elsewhere", async () => {
    const { sent } = await exchange({ job }, (client) => client.getJob("../queues/ä?x#y"));
    expect(sent).toBe("GET /ojs/v1/jobs/..%2Fqueues%2F%C3%A4%3Fx%23y");
    for (const name of ["", ".", ".."]) {
      await expect(clientOn(new ScriptedTransport()).getJob(name)).rejects.toMatchObject({ code: "invalid_request" });
    }
  });
});

describe("queues", () => {
  it("listQueues", async () => {
    const response = {
      queues: [
        { name: "a", status: "active", created_at: "2026-01-01T00:00:00Z" },
        { name: "b", status: "paused", paused_at: "2026-01-02T00:00:00Z" },
      ],
      pagination: { total: 9, limit: 2, offset: 0, has_more: true, next_cursor: "c2" },
    };
    const { sent, result } = await exchange(response, (client) => client.listQueues({ limit: 2, cursor: "c 1" }));
    expect(sent).toBe("GET /ojs/v1/queues?limit=2&cursor=c+1");
    expect(result).toEqual({
      items: [
        { name: "a", paused: false, createdAt: "2026-01-01T00:00:00Z" },
        { name: "b", paused: true, pausedAt: "2026-01-02T00:00:00Z" },
      ],
      total: 9,
      hasMore: true,
      nextCursor: "c2",
    });
  });

  it("listQueues without paging", async () => {
    const { sent, result } = await exchange({ queues: [{ name: "a" }] }, (client) => client.listQueues());
    expect(sent).toBe("GET /ojs/v1/queues");
    expect(result).toEqual({ items: [{ name: "a", paused: false }], hasMore: false });
  });

  it.each([
    ["http-binding", { queue: "q", status: "paused", stats: { available: 3, active: 1, completed_last_hour: 7 } }],
    [
      "the official cases",
      { queue: { name: "q", paused: true, available: 3, active: 1 }, stats: { completed_last_hour: 7 } },
    ],
    ["the JavaScript SDK", { name: "q", paused: true, available: 3, active: 1, completed_last_hour: 7 }],
  ])("getQueueStats as %s has them", async (_, response) => {
    const { sent, result } = await exchange(response, (client) => client.getQueueStats("my-queue.x"));
    expect(sent).toBe("GET /ojs/v1/queues/my-queue.x/stats");
    expect(result).toMatchObject({ name: "my-queue.x", paused: true, completedLastHour: 7, deadLetters: 0 });
    expect(result.counts).toEqual({
      scheduled: 0,
      available: 3,
      pending: 0,
      active: 1,
      completed: 0,
      retryable: 0,
      cancelled: 0,
      discarded: 0,
    });
  });

  it.each([
    ["our server", { queue: { name: "q", paused: true }, status: "paused", paused_at: "T" }, { pausedAt: "T" }],
    ["http-binding", { queue: "q", status: "paused", paused_at: "T" }, { pausedAt: "T" }],
    ["a server of few words", "", {}],
  ])("pauseQueue answered by %s", async (_, response, extra) => {
    const { sent, result } = await exchange(response, (client) => client.pauseQueue("q"));
    expect(sent).toBe("POST /ojs/v1/queues/q/pause");
    expect(result).toEqual({ name: "q", paused: true, ...extra });
  });

  it("resumeQueue", async () => {
    const { sent, result } = await exchange("", (client) => client.resumeQueue("q"), 204);
    expect(sent).toBe("POST /ojs/v1/queues/q/resume");
    expect(result).toEqual({ name: "q", paused: false });
  });
});

describe("dead letters", () => {
  it("listDeadLetterJobs", async () => {
    const query = { queue: "e mail", limit: 10, offset: 20 };
    const { sent, result } = await exchange({ jobs: [job] }, (client) => client.listDeadLetterJobs(query));
    expect(sent).toBe("GET /ojs/v1/dead-letter?queue=e+mail&limit=10&offset=20");
    expect(result.items[0]?.id).toBe(ID);
  });

  it("retryDeadLetterJob, discardDeadLetterJob", async () => {
    const retried = await exchange({ job }, (client) => client.retryDeadLetterJob(ID));
    expect(retried.sent).toBe(`POST /ojs/v1/dead-letter/${ID}/retry`);
    expect(retried.result.id).toBe(ID);
    const discarded = await exchange({ deleted: true }, (client) => client.discardDeadLetterJob(ID));
    expect(discarded).toMatchObject({ sent: `DELETE /ojs/v1/dead-letter/${ID}`, result: undefined });
  });
});

describe("the server", () => {
  it("listEvents", async () => {
    const event = {
      specversion: "1.0",
      id: "evt_1",
      type: "job.completed",
      source: "s",
      time: "T",
      subject: "j",
      data: { a: 1 },
    };
    const query = {
      after: "evt_0",
      types: ["job.completed", "job.failed"],
      queues: ["q"],
      jobTypes: ["a.b"],
      limit: 5,
    };
    const { sent, result } = await exchange({ events: [event, 7], cursor: "evt_1", has_more: true }, (client) =>
      client.listEvents(query),
    );
    expect(sent).toBe("GET /ojs/v1/events?after=evt_0&types=job.completed%2Cjob.failed&queues=q&job_types=a.b&limit=5");
    const { specversion, ...rest } = event;
    expect(result).toEqual({ events: [rest], cursor: "evt_1", hasMore: true });
  });

  it("listEvents before anything has happened", async () => {
    const { sent, result } = await exchange({ events: [], cursor: "" }, (client) => client.listEvents());
    expect(sent).toBe("GET /ojs/v1/events");
    expect(result).toEqual({ events: [], hasMore: false });
  });

  it("health, also when it is bad", async () => {
    const report = { status: "ok", version: "1.0", uptime_seconds: 5, backend: { type: "sqlite", latency_ms: 1 } };
    const good = await exchange(report, (client) => client.health());
    expect(good.sent).toBe("GET /ojs/v1/health");
    expect(good.result).toEqual({
      healthy: true,
      status: "ok",
      version: "1.0",
      uptimeSeconds: 5,
      backend: { type: "sqlite", latencyMs: 1 },
    });
    const bad = await exchange({ status: "degraded" }, (client) => client.health(), 503);
    expect(bad.result).toMatchObject({ healthy: false, status: "degraded" });
    await expect(exchange("<html>", (client) => client.health(), 503)).rejects.toMatchObject({ status: 503 });
  });

  it("manifest", async () => {
    const document = {
      specversion: "1.0",
      implementation: { name: "openjobs", version: "1", language: "typescript" },
      conformance_level: 1,
      protocols: ["http"],
      backend: "sqlite",
      capabilities: { dead_letter: true, odd: "yes" },
      extensions: ["urn:x"],
      limits: { max_batch_jobs: 10 },
    };
    const { sent, result } = await exchange(document, (client) => client.manifest());
    expect(sent).toBe("GET /ojs/manifest");
    expect(result).toEqual({
      specVersion: "1.0",
      implementation: document.implementation,
      conformanceLevel: 1,
      protocols: ["http"],
      backend: "sqlite",
      capabilities: { dead_letter: true },
      extensions: ["urn:x"],
      document,
    });
  });
});

describe("answers that are nothing of the kind", () => {
  it.each([
    ["enqueue", (client: OjsClient) => client.enqueue("a")],
    ["enqueueBatch", (client: OjsClient) => client.enqueueBatch([{ type: "a" }])],
    ["getJob", (client: OjsClient) => client.getJob(ID)],
    ["listQueues", (client: OjsClient) => client.listQueues()],
    ["getQueueStats", (client: OjsClient) => client.getQueueStats("q")],
    ["listDeadLetterJobs", (client: OjsClient) => client.listDeadLetterJobs()],
    ["listEvents", (client: OjsClient) => client.listEvents()],
    ["health", (client: OjsClient) => client.health()],
    ["manifest", (client: OjsClient) => client.manifest()],
  ])("%s: invalid_response", async (operation, call) => {
    for (const body of ["", "[]", "null", '{"a":', "<html>", '{"job":7,"jobs":7,"queues":{}}', '"text"']) {
      if (operation === "getQueueStats" && body.startsWith('{"job"')) continue; // an object without numbers is all zeros
      const outcome = call(clientOn(new ScriptedTransport(answer(200, body))));
      await expect(outcome, body).rejects.toMatchObject({ code: "invalid_response", operation, status: 200 });
    }
  });
});
