/** What happened to a job (ojs-execution-history §7.1). */
import { describe, expect, it } from "vitest";
import { TestClock } from "../../src/testing/test-clock.ts";
import { testServer } from "./test-server.ts";

const RETRIED = { retry: { max_attempts: 2, initial_interval: "PT1S", jitter: false } };
const types = (events: readonly { readonly event_type: string }[]) => events.map(({ event_type: type }) => type);

describe("the history of a job", () => {
  it("tells its creation, its attempts and its end, in order, over pages", async () => {
    const clock = new TestClock(Date.UTC(2026, 0, 1));
    await using test = await testServer({ clock });
    const { id } = await test.enqueue({ args: ["ä"], options: RETRIED });
    await clock.advance(1_000);
    await test.fetchOne({ worker_id: "w1" });
    await clock.advance(500);
    await test.post("/ojs/v1/workers/nack", { job_id: id, error: { code: "x", message: "first" } });
    await clock.advance(5_000);
    await test.fetchOne({ worker_id: "w2" });
    await clock.advance(250);
    await test.post("/ojs/v1/workers/ack", { job_id: id });
    const path = `/ojs/v1/jobs/${id}/history`;
    const { body } = await test.get(path);
    expect(body).toMatchObject({ job_id: id, total: 4, next_cursor: "" });
    expect(body.events).toMatchObject([
      { event_type: "job.created", timestamp: "2026-01-01T00:00:00.000Z", data: { args_size_bytes: 6 } },
      { event_type: "job.attempt_failed", data: { attempt: 1, error: "first", will_retry: true } },
      { event_type: "job.attempt_started", actor: { type: "worker", id: "w2" }, data: { attempt: 2 } },
      { event_type: "job.attempt_completed", data: { attempt: 2, duration_ms: 250 } },
    ]);
    const first = (await test.get(`${path}?limit=3`)).body;
    expect(first.events).toEqual(body.events.slice(0, 3));
    const rest = (await test.get(`${path}?limit=3&cursor=${encodeURIComponent(first.next_cursor)}`)).body;
    expect(rest.events).toEqual(body.events.slice(3));
    expect((await test.get(`${path}?cursor=nonsense`)).body.error.details.field).toBe("cursor");
  });

  it("tells how a job ended that did not succeed", async () => {
    await using test = await testServer();
    const failed = (await test.enqueue({ options: { retry: { max_attempts: 1 } } })).id;
    await test.fetchOne();
    await test.post("/ojs/v1/workers/nack", { job_id: failed, error: { code: "x", message: "no" } });
    const { events } = (await test.get(`/ojs/v1/jobs/${failed}/history`)).body;
    expect(types(events)).toEqual(["job.created", "job.attempt_started", "job.attempt_failed", "job.discarded"]);
    expect(events.at(-1)).toMatchObject({ event_type: "job.discarded", data: { total_attempts: 1, last_error: "no" } });
    const { id } = await test.enqueue();
    await test.del(`/ojs/v1/jobs/${id}`);
    expect(types((await test.get(`/ojs/v1/jobs/${id}/history`)).body.events)).toEqual(["job.created", "job.cancelled"]);
    expect((await test.get("/ojs/v1/jobs/019b76da-a800-7000-8000-000000000001/history")).status).toBe(404);
  });
});
