import { describe, expect, it } from "vitest";
import { createServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { TestClock } from "../../src/testing/test-clock.ts";
import { testServer } from "./test-server.ts";

describe("the retention of a server", () => {
  it("is in the manifest, null where jobs are kept for ever", async () => {
    await using test = await testServer({ retention: { completed: "24h", deadLetters: "forever" } });
    const { body } = await test.get("/ojs/manifest");
    expect(body.limits).toMatchObject({
      retention_completed_ms: 86_400_000,
      retention_cancelled_ms: 3_600_000,
      retention_discarded_ms: 86_400_000,
      retention_dead_letters_ms: null,
    });
  });

  it("makes a job 404 when its time is over, also for the ack that completed it", async () => {
    const clock = new TestClock(Date.UTC(2026, 0, 1));
    await using test = await testServer({ clock, retention: { completed: "1m" } });
    await test.enqueue();
    const { id, lease } = await test.fetchOne();
    const ack = () => test.post("/ojs/v1/workers/ack", { job_id: id, lease });
    expect((await ack()).status).toBe(200);
    expect((await ack()).status).toBe(200);
    await clock.advance(75_000);
    expect((await test.get(`/ojs/v1/jobs/${id}`)).status).toBe(404);
    expect((await ack()).status).toBe(404);
  });

  it("must be a duration or forever", async () => {
    const retention = { completed: "a week" };
    await expect(createServer({ storage: memory(), retention })).rejects.toThrow(/retention: "a week" is not/);
  });
});
