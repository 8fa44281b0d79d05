import { defineJob, JOB_STATES, type Job, OjsClient } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";
import { buildJob } from "openjobs/testing";
import { describe, expect, it } from "vitest";
import { isUuid7 } from "../../src/core/uuid7.ts";

const sendEmail = defineJob<[to: string, template: "welcome" | "reset"], { messageId: string }>("email.send", {
  queue: "email",
  retry: { maxAttempts: 5 },
  tags: ["mail"],
  timeout: "30s",
});

describe("a built job", () => {
  it("has everything that a job has, and nothing of its own to say", () => {
    const { id, ...job } = buildJob();
    expect(isUuid7(id)).toBe(true);
    expect(job).toEqual({
      type: "test.job",
      queue: "default",
      state: "available",
      args: [],
      meta: {},
      priority: 0,
      attempt: 0,
      maxAttempts: 3,
      tags: [],
      createdAt: "2026-01-01T00:00:00.000Z",
      enqueuedAt: "2026-01-01T00:00:00.000Z",
      errors: [],
      extensions: {},
    });
  });

  it("has an id that no other one has, and comes after those before it", () => {
    const ids = Array.from({ length: 300 }, () => buildJob().id);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    expect(buildJob({ id: "mine" }).id).toBe("mine");
  });

  it("has what its definition says, and what the test says instead", () => {
    const job = buildJob({ type: sendEmail, args: ["ada@example.com", "welcome"], priority: 7, tags: ["other"] });
    expect(job).toMatchObject({
      type: "email.send",
      queue: "email",
      args: ["ada@example.com", "welcome"],
      maxAttempts: 5,
      retry: { maxAttempts: 5, jitter: true },
      timeoutMs: 30_000,
      priority: 7,
      tags: ["other"],
    });
    expect(sendEmail.is(job)).toBe(true);
  });

  it("has arguments and meta as JSON carries them", () => {
    const at = new Date(0);
    const job = buildJob({ args: { at }, meta: { at } });
    expect(job.args).toEqual([{ at: "1970-01-01T00:00:00.000Z" }]);
    expect(job.meta).toEqual({ at: "1970-01-01T00:00:00.000Z" });
  });

  it.each([
    ["args[1].n", () => buildJob({ args: [1, { n: 1n }] })],
    ["args[0].gone", () => buildJob({ args: { gone: undefined } })],
    ["meta.f", () => buildJob({ meta: { f: () => 1 } })],
    ["type", () => buildJob({ type: "" })],
    ["attempt", () => buildJob({ attempt: 1.5 })],
    ["maxAttempts", () => buildJob({ maxAttempts: -1 })],
  ])("is refused for %s that no job can have", (field, build) => {
    expect(build).toThrow(expect.objectContaining({ name: "OjsValidationError", details: { field } }));
  });
});

describe("beside a job of a server", () => {
  it("has the same members", async () => {
    await using server = await createServer({ storage: memory() });
    const client = new OjsClient({ transport: server.transport });
    const args: [string, "welcome"] = ["ada@example.com", "welcome"];
    const pairs = [
      [buildJob({ type: "plain", args }), await client.enqueue("plain", args)],
      [buildJob({ type: sendEmail, args }), await client.enqueue(sendEmail, args)],
    ] as const;
    for (const [built, enqueued] of pairs) {
      const real = await client.getJob(enqueued.id);
      expect(Object.keys(built).sort()).toEqual(Object.keys(real).sort());
    }
  });
});

describe("the state of a built job", () => {
  const facts = ({ id, type, queue, args, meta, priority, tags, createdAt, enqueuedAt, extensions, ...rest }: Job) =>
    rest;

  it("is one that a server's job could be in", () => {
    const lives = Object.fromEntries(JOB_STATES.map((state) => [state, facts(buildJob({ state }))]));
    expect(lives).toMatchInlineSnapshot(`
      {
        "active": {
          "attempt": 1,
          "errors": [],
          "lease": 1,
          "leaseExpiresAt": "2026-01-01T00:01:00.000Z",
          "maxAttempts": 3,
          "startedAt": "2026-01-01T00:00:01.000Z",
          "state": "active",
          "workerId": "test-worker",
        },
        "available": {
          "attempt": 0,
          "errors": [],
          "maxAttempts": 3,
          "state": "available",
        },
        "cancelled": {
          "attempt": 0,
          "cancelledAt": "2026-01-01T00:00:02.000Z",
          "errors": [],
          "maxAttempts": 3,
          "state": "cancelled",
        },
        "completed": {
          "attempt": 1,
          "completedAt": "2026-01-01T00:00:02.000Z",
          "errors": [],
          "maxAttempts": 3,
          "startedAt": "2026-01-01T00:00:01.000Z",
          "state": "completed",
        },
        "discarded": {
          "attempt": 3,
          "completedAt": "2026-01-01T00:00:02.000Z",
          "discardedAt": "2026-01-01T00:00:02.000Z",
          "error": {
            "attempt": 3,
            "code": "handler_error",
            "message": "attempt 3 failed",
            "occurredAt": "2026-01-01T00:00:02.000Z",
            "retryable": false,
            "type": "Error",
          },
          "errors": [
            {
              "attempt": 1,
              "code": "handler_error",
              "message": "attempt 1 failed",
              "occurredAt": "2026-01-01T00:00:02.000Z",
              "retryable": true,
              "type": "Error",
            },
            {
              "attempt": 2,
              "code": "handler_error",
              "message": "attempt 2 failed",
              "occurredAt": "2026-01-01T00:00:02.000Z",
              "retryable": true,
              "type": "Error",
            },
            {
              "attempt": 3,
              "code": "handler_error",
              "message": "attempt 3 failed",
              "occurredAt": "2026-01-01T00:00:02.000Z",
              "retryable": false,
              "type": "Error",
            },
          ],
          "maxAttempts": 3,
          "startedAt": "2026-01-01T00:00:01.000Z",
          "state": "discarded",
        },
        "pending": {
          "attempt": 0,
          "errors": [],
          "maxAttempts": 3,
          "state": "pending",
        },
        "retryable": {
          "attempt": 1,
          "error": {
            "attempt": 1,
            "code": "handler_error",
            "message": "attempt 1 failed",
            "occurredAt": "2026-01-01T00:00:02.000Z",
            "retryable": true,
            "type": "Error",
          },
          "errors": [
            {
              "attempt": 1,
              "code": "handler_error",
              "message": "attempt 1 failed",
              "occurredAt": "2026-01-01T00:00:02.000Z",
              "retryable": true,
              "type": "Error",
            },
          ],
          "maxAttempts": 3,
          "nextAttemptAt": "2026-01-01T00:01:00.000Z",
          "retryDelayMs": 58000,
          "startedAt": "2026-01-01T00:00:01.000Z",
          "state": "retryable",
        },
        "scheduled": {
          "attempt": 0,
          "errors": [],
          "maxAttempts": 3,
          "scheduledAt": "2026-01-01T00:01:00.000Z",
          "state": "scheduled",
        },
      }
    `);
  });

  it("has an error for each attempt that has failed", () => {
    const failed = (parts: object): readonly unknown[] => buildJob(parts).errors.map(({ attempt }) => attempt);
    expect(failed({ state: "active", attempt: 3 })).toEqual([1, 2]);
    expect(failed({ state: "available", attempt: 2 })).toEqual([1, 2]);
    expect(failed({ state: "discarded", maxAttempts: 2 })).toEqual([1, 2]);
    expect(buildJob({ state: "completed", attempt: 2 })).not.toHaveProperty("error");
    expect(buildJob({ state: "retryable" }).error).toMatchObject({ attempt: 1, retryable: true });
  });

  it("comes from the errors and times that the test gives", () => {
    const boom = { type: "Boom", code: "boom", message: "it broke" };
    const job = buildJob({ state: "discarded", errors: [boom], createdAt: "2030-05-05T00:00:00.000Z" });
    expect(job).toMatchObject({ errors: [boom], error: boom, discardedAt: "2030-05-05T00:00:02.000Z" });
  });
});
