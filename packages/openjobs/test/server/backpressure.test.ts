import { describe, expect, it } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

const JOB = { type: "a.b", args: [], options: { queue: "narrow" } };

function bound(test: TestServer, backpressure: object) {
  return test.call("PUT", "/ojs/v1/admin/queues/narrow/config", { body: { backpressure } });
}

describe("a queue with a bound", () => {
  it("is set by operators, shown, and refused with the name of the member when it is nonsense", async () => {
    await using test = await testServer();
    const backpressure = { max_depth: 2, strategy: "reject", warning_threshold: 0.9 };
    const put = await bound(test, backpressure);
    expect([put.status, put.body]).toMatchObject([200, { applied: { backpressure }, ignored: [] }]);
    const wrong = await bound(test, { max_depth: 2, strategy: "drop_oldest" });
    expect([wrong.status, wrong.body.error.details.field]).toEqual([400, "backpressure.strategy"]);
  });

  it("answers 429 with its depth and bound once it is full, to a job and to a whole batch", async () => {
    await using test = await testServer();
    await bound(test, { max_depth: 2 });
    const first = await test.post("/ojs/v1/jobs", JOB);
    expect([first.status, first.headers["x-ojs-queue-depth"]]).toEqual([201, undefined]);
    const batch = await test.post("/ojs/v1/jobs/batch", { jobs: [JOB, JOB] });
    expect([batch.status, batch.body.error.code, batch.headers["x-ojs-queue-depth"]]).toEqual([429, "QUEUE_FULL", "1"]);
    const second = await test.post("/ojs/v1/jobs", JOB);
    expect([second.status, second.headers]).toMatchObject([
      201,
      { "x-ojs-queue-depth": "2", "x-ojs-queue-bound": "2", "x-ojs-queue-pressure": "1.00" },
    ]);
    const third = await test.post("/ojs/v1/jobs", JOB);
    expect([third.status, third.headers]).toMatchObject([
      429,
      { "retry-after": "1", "x-ojs-queue-depth": "2", "x-ojs-queue-bound": "2" },
    ]);
    expect(third.body.error).toMatchObject({
      code: "QUEUE_FULL",
      retryable: true,
      details: { queue: "narrow", depth: 2, bound: 2, strategy: "reject" },
    });
    const { body } = await test.get("/ojs/v1/queues/narrow/stats");
    expect(body.stats).toMatchObject({ queue: "narrow", depth: 2 });
  });

  it("warns in the answer to a batch too", async () => {
    await using test = await testServer();
    await bound(test, { max_depth: 4, warning_threshold: 0.5 });
    const batch = await test.post("/ojs/v1/jobs/batch", { jobs: [JOB, JOB, JOB] });
    expect([batch.status, batch.headers["x-ojs-queue-pressure"]]).toEqual([201, "0.75"]);
  });

  it("tells of refusals", async () => {
    await using test = await testServer();
    await bound(test, { max_depth: 1 });
    for (let job = 0; job < 2; job += 1) await test.post("/ojs/v1/jobs", JOB);
    const { body } = await test.get("/ojs/v1/events?types=backpressure.rejected");
    expect(body.events).toMatchObject([
      {
        type: "backpressure.rejected",
        subject: "narrow",
        data: { queue: "narrow", depth: 1, bound: 1, job_type: "a.b" },
      },
    ]);
  });
});
