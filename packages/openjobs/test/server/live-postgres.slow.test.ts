/** Live events of two servers on one PostgreSQL: by a connection to one of them, what the other does. */
import { expect, it } from "vitest";
import { postgres } from "../../src/storage/postgres/index.ts";
import { describeOnPostgres, scratchSchema } from "../support/postgres-server.ts";
import { openSse } from "./sse-reader.ts";
import { testServer } from "./test-server.ts";

const JOBS = 2_000;

describeOnPostgres("two servers on PostgreSQL", () => {
  it("tell a reader at one of them what happens at the other, all of it", async () => {
    const place = await scratchSchema();
    const open = () => testServer({ storage: postgres({ url: place.url, schema: place.schema }) });
    const here = await open();
    const there = await open();
    const { url } = await here.server.listen(0);
    const { id } = await there.enqueue({ options: { queue: "other" } });

    const all = await openSse(`${url}/ojs/v1/events/stream?types=job.enqueued&queue=default`);
    const one = await openSse(`${url}/ojs/v1/jobs/${id}/events`);
    // The other server has to have heard it.
    await there.enqueue();
    while (all.events.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (all.events.length === 0) await there.enqueue();
    }
    const before = all.events.length;

    await there.fetchOne({ queues: ["other"] });
    await there.post("/ojs/v1/workers/ack", { job_id: id, result: "naïve 🦜" });
    expect((await one.end()).map(({ event }) => event)).toEqual([
      "job.started",
      "job.state_changed",
      "job.completed",
      "job.state_changed",
    ]);

    const jobs = Array.from({ length: JOBS }, () => ({ type: "test.job", args: [] }));
    await there.post("/ojs/v1/jobs/batch", { jobs });
    const events = await all.until(before + JOBS);
    expect(new Set(events.map(({ data }) => data.job_id)).size).toBe(events.length);
    all.close();
    for (const test of [here, there]) await test.server.close({ graceMs: 0 });
    await place.drop();
  });
});
