/**
 * What ojs-testing §11 requires and recommends, a test for each row under its id. Each row is tested in depth in the files beside this one;
 * here is that none is missing.
 */
import { createServer as createHttpServer } from "node:http";
import { chain, OjsClient, step } from "openjobs";
import { createTestOjs, TestAssertionError, type TestOjs } from "openjobs/testing";
import { describe, expect, it } from "vitest";

const signUp = (client: OjsClient, to: string): Promise<unknown> =>
  client.enqueue("email.send", { to, template: "welcome" }, { queue: "email", meta: { tenant: "acme", trace: "t" } });

async function kit(mode: "real" | "inline" | "fake"): Promise<TestOjs> {
  const ojs = await createTestOjs({ mode, now: "2026-02-13T10:00:00Z" });
  return ojs.register("email.send", ({ arg }) => `sent to ${arg("to")}`);
}

describe("required", () => {
  it("TST-001: a fake mode in memory, without a backend, that checks and records and runs nothing", async () => {
    await using ojs = await kit("fake");
    await signUp(ojs.client, "ada@example.com");
    const job = await ojs.client.enqueue("email.send", { to: "bob@example.com" });
    await ojs.client.enqueueBatch([{ type: "email.log" }]);
    const workflow = await ojs.client.createWorkflow(chain([step("email.send"), step("email.log")]));
    expect(job.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/);
    expect(await ojs.client.getJob(job.id)).toMatchObject({ args: [{ to: "bob@example.com" }], state: "available" });
    expect((await ojs.client.cancelJob(job.id)).state).toBe("cancelled");
    await expect(ojs.client.retryJobs({ ids: [job.id] })).resolves.toMatchObject({ succeeded: 0 });
    await expect(ojs.client.enqueue("no type")).rejects.toThrow("type");
    ojs.assertWorkflowCreated("chain", { stepCount: 2, where: ({ id }) => id === workflow.id });
    ojs.refutePerformed("*");
  });

  it("TST-002: assertEnqueued by type, args, queue, part of meta, and count", async () => {
    await using ojs = await kit("fake");
    await signUp(ojs.client, "ada@example.com");
    const args = [{ to: "ada@example.com", template: "welcome" }];
    ojs.assertEnqueued("email.send", { args, queue: "email", meta: { tenant: "acme" }, count: 1 });
    for (const match of [{ args: [] }, { queue: "default" }, { meta: { tenant: "other" } }, { count: 2 }]) {
      expect(() => ojs.assertEnqueued("email.send", match)).toThrow(TestAssertionError);
    }
  });

  it("TST-003: refuteEnqueued is its inverse", async () => {
    await using ojs = await kit("fake");
    ojs.refuteEnqueued("email.send");
    await signUp(ojs.client, "ada@example.com");
    expect(() => ojs.refuteEnqueued("email.send")).toThrow(TestAssertionError);
    ojs.refuteEnqueued("email.send", { queue: "default" });
  });

  it("TST-004: clear begins anew", async () => {
    await using ojs = await kit("fake");
    await signUp(ojs.client, "ada@example.com");
    await ojs.clear();
    expect(ojs.allEnqueued()).toEqual([]);
    await signUp(ojs.client, "bob@example.com");
    ojs.assertEnqueued("email.send", { count: 1 });
  });

  it("TST-005: tests side by side share nothing", async () => {
    const kits = await Promise.all(["a", "b", "c"].map(async (to) => ({ to, ojs: await kit("real") })));
    await Promise.all(kits.map(({ ojs, to }) => signUp(ojs.client, to)));
    await Promise.all(kits.map(({ ojs }) => ojs.drain()));
    for (const { ojs, to } of kits) ojs.assertCompleted("email.send", { result: `sent to ${to}`, count: 1 });
    await Promise.all(kits.map(({ ojs }) => ojs.close()));
  });

  it("TST-006: nothing is global, so a client beside a kit goes on to its own server", async () => {
    const paths: unknown[] = [];
    const real = createHttpServer((request, response) => {
      paths.push(request.url);
      response.writeHead(404, { "content-type": "application/json" }).end("{}");
    });
    await new Promise<void>((resolve) => real.listen(0, "127.0.0.1", resolve));
    const address = Object(real.address());
    await using client = new OjsClient({ url: `http://127.0.0.1:${address.port}`, retry: false });
    await using ojs = await kit("fake");
    await signUp(ojs.client, "ada@example.com");
    await expect(client.getJob("a")).rejects.toThrow();
    expect(paths).toEqual(["/ojs/v1/jobs/a"]);
    await client.close();
    await new Promise((resolve) => real.close(resolve));
  });
});

describe("recommended", () => {
  it("TST-R001: inline mode runs the handler within enqueue, and throws what it throws", async () => {
    await using ojs = await kit("inline");
    await signUp(ojs.client, "ada@example.com");
    ojs.assertCompleted("email.send", { result: "sent to ada@example.com" });
    ojs.failNext("email.send", new Error("SMTP connection refused"));
    await expect(signUp(ojs.client, "bob@example.com")).rejects.toThrow("SMTP connection refused");
    expect(await ojs.drain()).toBe(0);
  });

  it("TST-R002: drain, of one queue, of so many jobs, of scheduled ones too", async () => {
    await using ojs = await kit("real");
    await signUp(ojs.client, "ada@example.com");
    await ojs.client.enqueue("email.send", { to: "bob@example.com" });
    expect(await ojs.drain({ queue: "email" })).toBe(1);
    expect(await ojs.drain()).toBe(1);
    await ojs.client.enqueue("email.send", { to: "eve@example.com" }, { delay: "PT24H" });
    expect(await ojs.drain()).toBe(0);
    expect(await ojs.drain({ withScheduled: true })).toBe(1);
    ojs.assertCompleted("email.send", { count: 3 });
  });

  it("TST-R003: assertPerformed, assertCompleted, assertFailed and their inverses", async () => {
    await using ojs = await kit("real");
    ojs.failNext("email.send", new Error("once"));
    await signUp(ojs.client, "ada@example.com");
    ojs.refutePerformed("email.send");
    await ojs.drain();
    ojs.assertPerformed("email.send", { attempts: 1 });
    ojs.assertFailed("email.send", { error: "once" });
    ojs.refuteCompleted("email.send");
    await ojs.drain({ withScheduled: true });
    ojs.assertCompleted("email.send", { attempts: 2 });
    ojs.refuteFailed("email.send");
  });

  it("TST-R004: time stands still at a moment, and is advanced", async () => {
    await using ojs = await kit("real");
    await ojs.client.enqueue("email.send", { to: "ada@example.com" }, { delay: "PT24H" });
    ojs.assertEnqueued("email.send", { scheduledAt: "2026-02-14T10:00:00Z" });
    await ojs.advance("PT23H");
    ojs.assertEnqueued("email.send", { state: "scheduled" });
    await ojs.advanceTo("2026-02-14T10:00:00Z");
    await ojs.drain();
    ojs.assertCompleted("email.send");
  });

  it("TST-R005: the next attempts fail, or all of them", async () => {
    await using ojs = await kit("real");
    ojs.failAll("email.send", new TypeError("down"));
    const retry = { maxAttempts: 3, initialInterval: "1s", jitter: false };
    await ojs.client.enqueue("email.send", { to: "ada@example.com" }, { retry });
    await ojs.drain({ withScheduled: true });
    ojs.assertDiscarded("email.send", { attempts: 3, error: { type: "TypeError", message: "down" } });
  });
});
