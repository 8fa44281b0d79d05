/** Settings of queues on the wire, to the byte, and back. */
import { describe, expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import { OjsValidationError } from "../../src/core/errors.ts";
import { ScriptedTransport } from "./scripted-transport.ts";
import { serverWays } from "./server-ways.ts";
import { clientOn, exchange } from "./wire-exchange.ts";

const nothing = { name: "q", config: {}, applied: {}, ignored: [] };

describe("updateQueueConfig", () => {
  it("sends what is given, times in milliseconds, and null for what is to go", async () => {
    const changes = {
      timeout: "1m",
      gracePeriod: 500,
      totalTimeout: "2h",
      enqueueTtl: null,
      heartbeatTimeout: "PT45S",
      visibilityTimeout: "30s",
      priority: "high",
      retry: { maxAttempts: 2, initialInterval: "2s" },
      backpressure: { maxDepth: 50, warningThreshold: 0.5 },
      others: { max_size: 10 },
    } as const;
    const { sent, result } = await exchange(nothing, (client) => client.updateQueueConfig("a/b", changes));
    expect(sent).toBe(
      'PUT /ojs/v1/queues/a%2Fb/config {"default_timeout_ms":60000,"default_grace_period_ms":500,' +
        '"default_total_timeout_ms":7200000,"default_enqueue_ttl_ms":null,"default_heartbeat_timeout_ms":45000,' +
        '"visibility_timeout_ms":30000,"default_priority":10,' +
        '"default_retry":{"max_attempts":2,"initial_interval":"PT2S"},"backpressure":{"max_depth":50,"warning_threshold":0.5},"max_size":10}',
    );
    expect(result).toEqual(nothing);
    const none = { priority: null, retry: null, backpressure: null } as const;
    const gone = await exchange(nothing, (client) => client.updateQueueConfig("q", none));
    const sentNone = '{"default_priority":null,"default_retry":null,"backpressure":null}';
    expect(gone.sent).toBe(`PUT /ojs/v1/queues/q/config ${sentNone}`);
  });

  it.each([
    ["a setting that there is not", { timeOut: 5 }, "timeOut"],
    ["a time that is none", { timeout: "soon" }, "timeout"],
    ["a part of a priority", { priority: 1.5 }, "priority"],
    ["a misspelt part of a policy", { retry: { attempts: 1 } }, "retry.attempts"],
    ["a misspelt part of a bound", { backpressure: { maxDept: 1 } }, "backpressure.maxDept"],
  ])("refuses %s before anything is sent", async (_, changes, field) => {
    const transport = new ScriptedTransport();
    const outcome = clientOn(transport).updateQueueConfig("q", changes as never);
    await expect(outcome).rejects.toBeInstanceOf(OjsValidationError);
    await expect(outcome).rejects.toMatchObject({ details: { field } });
    expect(transport.requests).toEqual([]);
  });
});

describe("getQueueConfig", () => {
  it("reads what was set, what follows from it, and what does not count", async () => {
    const response = {
      name: "q",
      config: { default_timeout: 60, max_size: 10 },
      applied: {
        ...{ timeout_ms: 60_000, priority: 7, retry: { max_attempts: 2 } },
        backpressure: { max_depth: 50, strategy: "reject", warning_threshold: 0.5 },
      },
      ignored: ["max_size"],
      updated_at: "2026-01-01T00:00:00.000Z",
    };
    const { sent, result } = await exchange(response, (client) => client.getQueueConfig("q"));
    expect(sent).toBe("GET /ojs/v1/queues/q/config");
    expect(result).toMatchObject({
      name: "q",
      config: response.config,
      applied: {
        ...{ timeoutMs: 60_000, priority: 7, retry: { maxAttempts: 2 } },
        backpressure: { maxDepth: 50, warningThreshold: 0.5 },
      },
      ignored: ["max_size"],
      updatedAt: response.updated_at,
    });
  });

  it.each(["", "[]", "{}", '{"config":7}'])("takes %j for no answer", async (body) => {
    const outcome = exchange(body, (client) => client.getQueueConfig("q"));
    await expect(outcome).rejects.toMatchObject({ code: "invalid_response", operation: "getQueueConfig" });
  });
});

describe.each(serverWays().slice(0, 2))("with a server, %s,", (way, open) => {
  it("settings are kept, change one by one, and apply to jobs that come after", async () => {
    const client = new OjsClient({ transport: open() });
    const name = `${way}-settings`;
    expect(await client.getQueueConfig(name)).toEqual({ name, config: {}, applied: {}, ignored: [] });
    await client.updateQueueConfig(name, { timeout: "1m", priority: "high", others: { max_size: 5 } });
    const config = await client.updateQueueConfig(name, { priority: null, retry: { maxAttempts: 2 } });
    expect(config).toMatchObject({ applied: { timeoutMs: 60_000, retry: { maxAttempts: 2 } }, ignored: ["max_size"] });
    expect(config.applied.priority).toBeUndefined();
    expect(await client.getQueueConfig(name)).toEqual(config);
    const job = await client.enqueue("a.b", {}, { queue: name });
    expect(await client.getJob(job.id)).toMatchObject({ timeoutMs: 60_000, maxAttempts: 2, priority: 0 });
    await expect(client.updateQueueConfig("No Queue", {})).rejects.toBeInstanceOf(OjsValidationError);
  });
});
