/** What assertions accept, and what they say when they fail. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildContext, buildJob, createTestOjs, type TestOjs } from "../../src/testing/index.ts";

let ojs: TestOjs;

beforeAll(async () => {
  ojs = await createTestOjs({ now: "2026-01-01T00:00:00Z" });
  ojs.register("email.send", () => undefined);
  await ojs.client.enqueue(
    "email.send",
    { to: "ada@example.com", at: { hour: 9 } },
    { queue: "email", meta: { tenant: "acme", trace: 1 } },
  );
  await ojs.drain();
  await ojs.client.enqueue("report.build", [2026, "pdf"]);
});

afterAll(() => ojs.close());

describe("an assertion", () => {
  it("accepts exact arguments, matchers, parts of meta, queues, states, counts and functions", () => {
    ojs.assertEnqueued("email.send");
    ojs.assertEnqueued({ type: "email.send" }, { count: 1 });
    ojs.assertEnqueued("email.send", { args: { to: "ada@example.com", at: { hour: 9 } } });
    ojs.assertEnqueued("email.send", { args: [{ to: expect.stringContaining("@"), at: expect.anything() }] });
    ojs.assertEnqueued("email.send", { args: expect.any(Array), meta: { tenant: "acme" }, queue: "email" });
    ojs.assertEnqueued("report.build", {
      args: [2026, "pdf"],
      state: "available",
      where: ({ attempt }) => attempt === 0,
    });
    ojs.refuteEnqueued("email.send", { args: { to: "ada@example.com" } });
    ojs.refuteEnqueued("email.send", { args: { to: "ada@example.com", at: { hour: 10 } } });
    ojs.refuteEnqueued("report.build", { args: [2026] });
    ojs.refuteEnqueued("report.build", { meta: { tenant: "acme" } });
    ojs.assertPerformed("email.send");
    ojs.refutePerformed("report.build");
    expect(ojs.allEnqueued().map(({ type }) => type)).toEqual(["email.send", "report.build"]);
    expect(ojs.allEnqueued("report.build")[0]?.args).toEqual([2026, "pdf"]);
    expect(ojs.allEnqueued("*", { queue: "email" }).map(({ type }) => type)).toEqual(["email.send"]);
    ojs.assertEnqueued("*", { count: 2 });
    ojs.refuteEnqueued("*", { queue: "reports" });
  });

  it("says what was there instead, and why it is not what was meant", () => {
    expect(() =>
      ojs.assertEnqueued("email.send", { args: { to: "eve@example.com" }, queue: "mail" }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected a job to be enqueued: email.send with args {"to":"eve@example.com"}, queue "mail"; found 0.
      These jobs were there:
        email.send [{"to":"ada@example.com","at":{"hour":9}}] in email, completed, attempt 1 ← has other args, is in queue email
        report.build [2026,"pdf"] in default, available, attempt 0 ← has another type]
    `);
    expect(() => ojs.assertCompleted("report.build", { count: 2 })).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected 2 jobs to be completed: report.build; found 0.
      These jobs were there:
        report.build [2026,"pdf"] in default, available, attempt 0 ← is available
        email.send [{"to":"ada@example.com","at":{"hour":9}}] in email, completed, attempt 1 ← has another type]
    `);
    expect(() => ojs.refuteEnqueued("report.build")).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected no job to be enqueued: report.build; found 1.
      These jobs were there:
        report.build [2026,"pdf"] in default, available, attempt 0]
    `);
    expect(() =>
      ojs.assertJobState("019b76da-a800-7000-8000-000000000001", "active"),
    ).toThrowErrorMatchingInlineSnapshot(
      `[AssertionError: Expected the job 019b76da-a800-7000-8000-000000000001 to be active, but it does not exist.]`,
    );
  });

  it("throws what test runners show as a failed assertion", () => {
    const failing = (): unknown => ojs.assertEnqueued("email.send", { count: 3 });
    expect(failing).toThrow(
      expect.objectContaining({ name: "AssertionError", code: "ERR_ASSERTION", expected: 3, actual: 1 }),
    );
  });
});

describe("builders", () => {
  it("make a whole job of the parts that matter", () => {
    const job = buildJob<[string], { ok: boolean }>({
      type: "email.send",
      args: ["ada"],
      result: { ok: true },
      state: "completed",
    });
    expect(job).toMatchObject({
      type: "email.send",
      args: ["ada"],
      queue: "default",
      attempt: 1,
      result: { ok: true },
    });
  });

  it("make a context to call a handler with", async () => {
    const steps: string[] = [];
    const context = buildContext({
      args: [{ to: "ada" }],
      attempt: 2,
      step: async (name, work) => {
        steps.push(name);
        return work();
      },
    });
    expect(context).toMatchObject({ attempt: 2, workerId: "test-worker", metadata: {}, job: { state: "active" } });
    expect(context.arg("to")).toBe("ada");
    expect(await context.step("charge", () => 7)).toBe(7);
    expect(steps).toEqual(["charge"]);
    context.progress(0.5);
    context.log.info("quiet");
    await context.heartbeat();
    expect(context.signal.aborted).toBe(false);
  });
});
