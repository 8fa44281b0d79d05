/** Assertions about workflows, recurring jobs and events. */
import { batch, chain, defineJob, graph, group, step } from "openjobs";
import { createTestOjs, type TestOjs } from "openjobs/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const fetchData = defineJob<[url: string]>("data.fetch");

describe("an assertion about workflows", () => {
  let ojs: TestOjs;

  beforeAll(async () => {
    ojs = await createTestOjs({ now: "2026-01-01T00:00:00Z" });
    ojs
      .register(fetchData, () => 1)
      .register("export.csv", () => 2)
      .register("user.notify", () => 3);
    ojs.register("export.pdf", () => {
      throw new Error("no fonts");
    });
    const once = { retry: { maxAttempts: 1 } };
    const steps = [
      fetchData.with(["https://a"]),
      group([step("export.csv"), step("export.pdf", [], once)]),
      step("user.notify"),
    ];
    await ojs.client.createWorkflow(chain(steps, { name: "export" }));
    await ojs.client.createWorkflow(batch([step("export.csv")], { onComplete: step("user.notify"), name: "all" }));
    await ojs.drain();
    await ojs.client.createWorkflow(
      graph(
        {
          fetch: step("data.fetch"),
          csv: { ...step("export.csv"), dependsOn: ["fetch"] },
          tell: { ...step("user.notify"), dependsOn: ["fetch"] },
          all: { ...step("user.notify"), dependsOn: ["csv", "tell"] },
          end: { ...step("user.notify"), dependsOn: ["csv"] },
        },
        { name: "net" },
      ),
    );
  });

  afterAll(() => ojs.close());

  it("tells them apart by kind, name, steps, callbacks and state", () => {
    const steps = [fetchData, ["export.csv", "export.pdf"], "user.notify"];
    ojs.assertWorkflowCreated("chain", { name: "export", steps, stepCount: 4 });
    ojs.assertWorkflowCreated("any", { count: 3 });
    ojs.assertWorkflowCreated("graph", { state: "running", where: ({ name }) => name === "net" });
    ojs.assertWorkflowCompleted("batch", { callbacks: { onComplete: "user.notify" } });
    ojs.refuteWorkflowCreated("batch", { callbacks: { onSuccess: "user.notify" } });
    ojs.refuteWorkflowCreated("chain", { steps: [fetchData, "export.csv", "export.pdf", "user.notify"] });
    ojs.refuteWorkflowCompleted("chain");
    expect(ojs.allWorkflows("batch").map(({ name }) => name)).toEqual(["all"]);
  });

  it("knows where one failed, and why", () => {
    const failed = ojs.assertWorkflowFailed("chain", { failedStep: "export.pdf", error: "no fonts" });
    expect(failed.errors.map(({ message }) => message)).toEqual(["no fonts"]);
    ojs.refuteWorkflowFailed("chain", { failedStep: fetchData });
    ojs.refuteWorkflowFailed("chain", { error: /disk/ });
    ojs.refuteWorkflowFailed("batch");
  });

  it("says what there was instead, step by step", () => {
    expect(() =>
      ojs.assertWorkflowCompleted("chain", { name: "export", steps: [fetchData, ["export.csv"]] }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected a workflow to be completed: chain with name "export", state "completed", steps ["data.fetch",["export.csv"]]; found 0.
      These workflows were there:
        chain "export", failed: data.fetch completed → (export.csv completed, export.pdf failed (no fonts)) → user.notify cancelled ← has other steps, is failed
        batch "all", completed: export.csv completed; on_complete: user.notify completed ← is a batch
        graph "net", running: data.fetch pending, export.csv waiting, user.notify waiting, user.notify waiting, user.notify waiting ← is a graph]
    `);
    expect(() => ojs.assertWorkflowFailed("chain", { failedStep: fetchData })).toThrow("← failed at export.pdf");
    expect(() => ojs.refuteWorkflowCreated("graph")).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected no workflow to be created: graph; found 1.
      These workflows were there:
        graph "net", running: data.fetch pending, export.csv waiting, user.notify waiting, user.notify waiting, user.notify waiting]
    `);
  });
});

describe("an assertion about recurring jobs", () => {
  it("knows what is registered, and what has fired", async () => {
    await using ojs = await createTestOjs({ now: "2026-01-01T00:00:00Z" });
    ojs.register(fetchData, () => undefined);
    expect(() => ojs.assertCronRegistered("daily")).toThrow("No recurring job was registered.");
    const schedule = { name: "daily", cron: "0 9 * * *", timezone: "Europe/Berlin" };
    await ojs.client.registerCronJob({ ...schedule, ...fetchData.with(["https://a"], { queue: "data" }) });
    await ojs.client.registerCronJob({ name: "hourly", cron: "0 * * * *", type: "cache.clear", enabled: false });
    const { nextRunAt } = ojs.assertCronRegistered("daily", {
      cron: "0 9 * * *",
      timezone: "Europe/Berlin",
      type: fetchData,
      args: ["https://a"],
      queue: "data",
      enabled: true,
      nextRunAt: "2026-01-01T08:00:00Z",
    });
    ojs.refuteCronFired("daily");
    await ojs.advanceTo(nextRunAt ?? 0, { drain: true });
    ojs.assertCronFired("daily", { times: 1 });
    await ojs.advance("2d", { drain: true });
    ojs.assertCronFired("daily", { times: 3 });
    ojs.refuteCronFired("hourly");
    ojs.assertCompleted(fetchData, { count: 3, queue: "data" });
    ojs.refuteCronRegistered("daily", { cron: "0 10 * * *" });
    ojs.refuteCronRegistered("weekly");
    expect(ojs.allCronJobs().map(({ name }) => name)).toEqual(["daily", "hourly"]);
    expect(() => ojs.assertCronFired("hourly")).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected a recurring job to be fired: hourly; found 0.
      These recurring jobs were there:
        hourly "0 * * * *" UTC, cache.clear [], disabled, has fired 0 times ← has fired 0 times
        daily "0 9 * * *" Europe/Berlin, data.fetch ["https://a"], next at 2026-01-04T08:00:00.000Z, has fired 3 times ← has another name]
    `);
    expect(() => ojs.assertCronFired("daily", { times: 2 })).toThrow("to be fired 2 times: daily; found 0.");
    expect(() =>
      ojs.assertCronRegistered("hourly", { type: fetchData, enabled: true, timezone: "Asia/Tokyo" }),
    ).toThrow("← is in the time zone UTC, is disabled, makes jobs of type cache.clear");
    await ojs.clear();
    ojs.refuteCronRegistered("daily");
    await ojs.advance("1d");
    ojs.refuteEnqueued(fetchData);
  });
});

describe("an assertion about events", () => {
  it("knows what was told, in its order", async () => {
    await using ojs = await createTestOjs({ now: "2026-01-01T00:00:00Z" });
    ojs.register("mail.send", () => "sent");
    const { id } = await ojs.client.enqueue("mail.send");
    await ojs.drain();
    ojs.assertEmitted("job.completed", { subject: id, data: { job_type: "mail.send" }, count: 1 });
    ojs.assertEmitted("job.*", { count: 3, where: ({ time }) => time === "2026-01-01T00:00:00.000Z" });
    ojs.refuteEmitted("job.failed");
    ojs.refuteEmitted("job.completed", { data: { job_type: "mail.read" } });
    const told = ojs.allEvents("job.*", { subject: id }).map(({ type }) => type);
    expect(told).toEqual(["job.enqueued", "job.started", "job.completed"]);
    expect(() => ojs.assertEmitted("job.failed")).toThrow(/ {2}job\.completed \S+ \{.*\} ← has another type/);
    await ojs.client.pauseQueue("default");
    await ojs.clear();
    ojs.refuteEmitted("job.completed");
    ojs.refuteEmitted("queue.paused");
    await ojs.client.resumeQueue("default");
    ojs.assertEmitted("queue.resumed", { subject: "default" });
  });
});

it("clears workflows with what they would still have led to", async () => {
  await using ojs = await createTestOjs();
  ojs.register("a", () => 1).register("b", () => 2);
  await ojs.client.createWorkflow(batch([step("a")], { onComplete: step("b"), onFailure: step("b") }));
  await ojs.clear();
  ojs.refuteWorkflowCreated();
  expect(await ojs.drain()).toBe(0);
  ojs.refuteEnqueued("b");
});
