/** Operations on many jobs, and changes of one, on the wire and back. */
import { describe, expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import { OjsConflictError, OjsValidationError } from "../../src/core/errors.ts";
import { ManualClock } from "./manual-clock.ts";
import { answer, refusal, ScriptedTransport } from "./scripted-transport.ts";
import { clientOn, exchange } from "./wire-exchange.ts";

const nothing = { total_matched: 0, items: [] };

describe("cancelJobs, retryJobs, deleteJobs", () => {
  it("send ids, with a key by which a repetition is recognised", async () => {
    const { sent, headers } = await exchange(nothing, (client) => client.cancelJobs({ ids: ["a", "b"] }));
    expect(sent).toBe('POST /ojs/v1/jobs/bulk/cancel {"job_ids":["a","b"]}');
    expect(headers["idempotency-key"]).toBe("id-1");
    const atomic = await exchange(nothing, (client) => client.retryJobs({ ids: ["a"], atomic: true }));
    expect(atomic.sent).toBe('POST /ojs/v1/jobs/bulk/retry {"job_ids":["a"],"atomicity":"atomic"}');
  });

  it("send conditions", async () => {
    const filter = {
      type: "a.b",
      queue: "q",
      states: ["available", "scheduled"],
      enqueuedBefore: new Date("2026-01-02T03:04:05Z"),
      enqueuedAfter: "2026-01-01T00:00:00+01:00",
      priority: "low",
      meta: { tenant: "a" },
      tags: ["nightly"],
    } as const;
    const { sent } = await exchange(nothing, (client) => client.deleteJobs({ filter, atomic: true }));
    expect(sent).toBe(
      'POST /ojs/v1/jobs/bulk/delete {"filter":{"type":"a.b","queue":"q","state":["available","scheduled"],' +
        '"enqueued_before":"2026-01-02T03:04:05.000Z","enqueued_after":"2026-01-01T00:00:00+01:00","priority":-10,' +
        '"meta":{"tenant":"a"},"tags":["nightly"]},"atomicity":"atomic"}',
    );
  });

  it("refuse conditions that all jobs meet, and dates that do not exist", async () => {
    const transport = new ScriptedTransport();
    for (const filter of [{}, { queue: undefined as never }, { enqueuedBefore: new Date(Number.NaN) }]) {
      await expect(clientOn(transport).cancelJobs({ filter })).rejects.toBeInstanceOf(OjsValidationError);
    }
    expect(transport.requests).toEqual([]);
  });

  it("tell what became of each job", async () => {
    const response = {
      total_matched: 3,
      cancelled: 1,
      skipped: 2,
      items: [
        { index: 0, job_id: "a", status: "cancelled" },
        { index: 1, job_id: "b", status: "skipped", reason: "Job is in active state" },
        { index: 2, job_id: "c", status: "failed", http_status: 409, error: { code: "conflict", message: "it ended" } },
      ],
    };
    const { result } = await exchange(response, (client) => client.cancelJobs({ ids: ["a", "b", "c"] }), 207);
    expect(result).toMatchObject({ matched: 3, succeeded: 1, skipped: 2 });
    expect(result.items).toMatchObject([
      { jobId: "a", ok: true, status: "cancelled" },
      { jobId: "b", ok: false, status: "skipped", reason: "Job is in active state" },
      { jobId: "c", ok: false, status: "failed", error: { code: "conflict", jobId: "c", operation: "cancelJobs" } },
    ]);
    expect(result.items[2]?.error).toBeInstanceOf(OjsConflictError);
  });

  it.each([
    ["retryJobs", "retried"],
    ["deleteJobs", "deleted"],
  ] as const)("%s counts what was %s", async (operation, done) => {
    const items = [
      { index: 0, id: "a", status: done },
      { index: 1, id: "b", status: "skipped" },
    ];
    const { result } = await exchange({ items }, (client) => client[operation]({ ids: ["a", "b"] }));
    expect(result).toMatchObject({
      matched: 2,
      succeeded: 1,
      skipped: 1,
      items: [{ jobId: "a", ok: true }, { ok: false }],
    });
  });

  it("say how many outcomes are not told one by one", async () => {
    const response = {
      total: 12_000,
      total_matched: 12_000,
      deleted: 12_000,
      skipped: 0,
      items_omitted: 2_000,
      items: [],
    };
    const { result } = await exchange(response, (client) => client.deleteJobs({ filter: { queue: "q" } }));
    expect(result).toEqual({ matched: 12_000, succeeded: 12_000, skipped: 0, items: [], itemsOmitted: 2_000 });
  });

  it("take the news that nothing could be done for an answer, but not a refusal of the request", async () => {
    const items = [{ index: 0, job_id: "a", status: "skipped" }];
    const { result } = await exchange({ total_matched: 1, items }, (client) => client.retryJobs({ ids: ["a"] }), 422);
    expect(result).toMatchObject({ matched: 1, succeeded: 0, skipped: 1 });
    const refused = clientOn(new ScriptedTransport(refusal(422, "validation_error"))).retryJobs({ ids: ["a"] });
    await expect(refused).rejects.toMatchObject({ status: 422, operation: "retryJobs" });
  });

  it("are sent again with the same key when the answer gets lost", async () => {
    const clock = new ManualClock();
    const transport = new ScriptedTransport(new Error("lost"), refusal(503, "backend_error"), answer(200, nothing));
    const client = new OjsClient({ transport }, { clock });
    await clock.until(client.retryJobs({ ids: ["a"] }));
    const keys = transport.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toEqual([keys[0], keys[0], keys[0]]);
    await client.retryJobs({ ids: ["a"] });
    expect(transport.last.headers["idempotency-key"]).not.toBe(keys[0]);
  });
});

describe("updateJob", () => {
  const job = { id: "a", type: "a.b", state: "available", args: [], priority: 10 };

  it("sends the priority, as a number", async () => {
    const { sent, result } = await exchange({ job, ...job }, (client) => client.updateJob("a", { priority: "high" }));
    expect(sent).toBe('PATCH /ojs/v1/jobs/a {"priority":10}');
    expect(result).toMatchObject({ id: "a", priority: 10 });
  });

  it("refuses a priority that is none", async () => {
    const wrong = clientOn(new ScriptedTransport()).updateJob("a", { priority: 1.5 });
    await expect(wrong).rejects.toMatchObject({ details: { field: "priority" } });
  });
});
