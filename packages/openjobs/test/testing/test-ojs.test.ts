/** The test kit as an application uses it (ojs-testing, SDK-017, SDK-018). */
import { describe, expect, it } from "vitest";
import {
  batch,
  chain,
  DiscardError,
  defineJob,
  group,
  type Middleware,
  OjsClient,
  OjsValidationError,
  SnoozeError,
  step,
} from "../../src/index.ts";
import { loadHandlers } from "../../src/node/index.ts";
import { createTestOjs } from "../../src/testing/index.ts";

const NOW = "2026-01-01T00:00:00Z";

describe("createTestOjs", () => {
  it.each([{ mode: "foo" }, { mood: "inline" }, "inline"])("refuses what does not exist: %j", async (options) => {
    await expect(createTestOjs(options as object)).rejects.toBeInstanceOf(OjsValidationError);
  });
});

describe("drain", () => {
  it("runs what is due and what that leads to, in order, and says how much it was", async () => {
    await using ojs = await createTestOjs();
    const seen: unknown[] = [];
    ojs.register("parent", async ({ args }) => {
      seen.push(args[0]);
      await ojs.client.enqueue("child", [`child of ${args[0]}`], { queue: "other" });
    });
    ojs.register("child", ({ args }) => void seen.push(args[0]));
    await ojs.client.enqueueBatch([
      { type: "parent", args: [1] },
      { type: "parent", args: [2] },
    ]);
    expect(await ojs.drain()).toBe(4);
    expect(seen).toEqual([1, 2, "child of 1", "child of 2"]);
    expect(await ojs.drain()).toBe(0);
  });

  it("waits for handlers that wait for the world outside", async () => {
    await using ojs = await createTestOjs();
    ojs.register("slow", () => new Promise((resolve) => setTimeout(resolve, 30, "done")));
    const { id } = await ojs.client.enqueue("slow");
    await ojs.drain();
    expect((await ojs.client.getJob(id)).result).toBe("done");
  });

  it("runs the steps of workflows, with the results of those before them, and callbacks", async () => {
    await using ojs = await createTestOjs();
    ojs.register("fetch", () => 20).register("half", ({ parentResults }) => Number(parentResults[0]) / 2);
    let sum: unknown;
    ojs.register("sum", ({ parentResults }) => {
      sum = parentResults.at(-1);
    });
    const workflow = await ojs.client.createWorkflow(
      chain([step("fetch"), group([step("half"), step("half")]), step("sum")]),
    );
    await ojs.client.createWorkflow(batch([step("fetch")], { onComplete: step("half") }));
    await ojs.drain();
    expect((await ojs.client.getWorkflow(workflow.id)).state).toBe("completed");
    expect(Object.values(sum as object)).toEqual([10, 10]);
    ojs.assertCompleted("half", { count: 3 });
  });

  it("takes one queue only if asked, and leaves what may not run", async () => {
    await using ojs = await createTestOjs();
    ojs.register("t", () => undefined);
    await ojs.client.enqueue("t", [1], { queue: "a" });
    await ojs.client.enqueue("t", [2], { queue: "b" });
    expect(await ojs.drain({ queue: "a" })).toBe(1);
    await ojs.client.pauseQueue("b");
    expect(await ojs.drain()).toBe(0);
    await ojs.client.resumeQueue("b");
    expect(await ojs.drain()).toBe(1);
  });

  it("does not go on for ever, and says what is missing", async () => {
    await using ojs = await createTestOjs();
    ojs.register("again", () => ojs.client.enqueue("again"));
    await ojs.client.enqueue("again");
    await expect(ojs.drain({ maxJobs: 20 })).rejects.toThrow("The drain has run 20 jobs and there are more.");
    await ojs.clear();
    await ojs.client.enqueue("unknown");
    await expect(ojs.drain()).rejects.toThrow('Register one: ojs.register("unknown", handler).');
    await ojs.clear();
    ojs.register("deaf", () => new Promise(() => undefined));
    await ojs.client.enqueue("deaf");
    await expect(ojs.drain({ timeout: "50ms" })).rejects.toThrow("has not ended within 50 ms");
  });
});

describe("time", () => {
  it("stands still, and retries wait for it", async () => {
    await using ojs = await createTestOjs({ now: NOW });
    const times: string[] = [];
    ojs.register("flaky", () => {
      times.push(new Date(ojs.clock.now()).toISOString());
      if (times.length < 3) throw new Error("not yet");
    });
    const { id } = await ojs.client.enqueue("flaky", [], { retry: { initialInterval: "10s", jitter: false } });
    await ojs.drain();
    ojs.assertJobState(id, "retryable");
    await ojs.advance("9s");
    expect(await ojs.drain()).toBe(0);
    await ojs.advance("1s");
    expect(await ojs.drain()).toBe(1);
    await ojs.advance("1h", { drain: true });
    ojs.assertCompleted("flaky");
    expect(times).toEqual(["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:10.000Z", "2026-01-01T00:00:30.000Z"]);
  });

  it("makes scheduled jobs due, fires schedules, expires jobs, and wakes snoozed ones", async () => {
    await using ojs = await createTestOjs({ now: NOW });
    let naps = 0;
    ojs.register("later", () => undefined).register("daily", () => undefined);
    ojs.register("nap", () => {
      naps += 1;
      if (naps === 1) throw new SnoozeError("1m");
    });
    const late = await ojs.client.enqueue("later", [], { delay: "1h" });
    const old = await ojs.client.enqueue("later", [], { delay: "3h", expiresAt: "2026-01-01T02:00:00Z" });
    await ojs.client.registerCronJob({ name: "daily", cron: "0 9 * * *", type: "daily" });
    await ojs.client.enqueue("nap");
    expect(await ojs.drain()).toBe(1);
    await ojs.advance("1d", { drain: true });
    ojs.assertJobState(late.id, "completed");
    ojs.assertJobState(old.id, "discarded");
    ojs.assertCompleted("daily", { count: 1 });
    expect(naps).toBe(2);
  });

  it("passes until nothing waits for its time, if that is asked for", async () => {
    await using ojs = await createTestOjs({ now: NOW });
    const times: string[] = [];
    ojs.register("later", () => times.push(new Date(ojs.clock.now()).toISOString()));
    ojs.failNext("later", new Error("once"));
    const retry = { initialInterval: "30m", jitter: false };
    await ojs.client.enqueue("later", [], { delay: "1h", retry });
    await ojs.client.enqueue("later", [], { delay: "2h", queue: "other" });
    expect(await ojs.drain()).toBe(0);
    expect(await ojs.drain({ withScheduled: true, queue: "default" })).toBe(2);
    expect(await ojs.drain({ withScheduled: true })).toBe(1);
    expect(times).toEqual(["2026-01-01T01:30:00.000Z", "2026-01-01T02:00:00.000Z"]);
    await ojs.client.enqueue("later", [], { delay: "1h" });
    await ojs.client.pauseQueue("default");
    expect(await ojs.drain({ withScheduled: true })).toBe(0);
    ojs.register("again", () => ojs.client.enqueue("again", [], { delay: "1s", queue: "other" }));
    await ojs.client.enqueue("again", [], { queue: "other" });
    await expect(ojs.drain({ withScheduled: true, maxJobs: 5 })).rejects.toThrow("there are more");
  });

  it("passes until a moment, which cannot be over", async () => {
    await using ojs = await createTestOjs({ now: NOW });
    await ojs.client.enqueue("t", [], { delay: "1h" });
    await ojs.advanceTo("2026-01-01T01:00:00Z");
    ojs.assertEnqueued("t", { state: "available" });
    await expect(ojs.advanceTo(new Date(NOW))).rejects.toThrow("It is 2026-01-01T01:00:00.000Z already.");
    await expect(ojs.advanceTo("soon")).rejects.toThrow("moment is no time");
  });

  it("ends a handler at its timeout, if it passes while it runs", async () => {
    await using ojs = await createTestOjs({ now: NOW });
    let cause: unknown;
    ojs.register(
      "slow",
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            cause = signal.reason.cause;
            reject(signal.reason);
          });
        }),
    );
    const { id } = await ojs.client.enqueue("slow", [], { timeout: "30s" });
    const draining = ojs.drain();
    await expect.poll(() => ojs.allEnqueued("slow")[0]?.state).toBe("active");
    await ojs.advance("31s");
    await draining;
    expect(cause).toBe("timeout");
    ojs.assertFailed("slow", { where: ({ error }) => error?.code === "timeout" });
    ojs.assertJobState(id, "retryable");
  });

  it("has to be a time", async () => {
    await expect(createTestOjs({ now: "yesterday" })).rejects.toThrow(OjsValidationError);
  });
});

describe("failures", () => {
  it("come when the test says so, before the handler is called", async () => {
    await using ojs = await createTestOjs();
    let calls = 0;
    ojs.register("t", () => {
      calls += 1;
    });
    ojs.failNext("t", new TypeError("planned"), 2);
    await ojs.client.enqueue("t", [], { retry: { initialInterval: "1s", jitter: false } });
    await ojs.drain();
    ojs.assertFailed("t", { where: ({ error }) => error?.type === "TypeError" });
    await ojs.advance("1m", { drain: true });
    expect(calls).toBe(1);
    ojs.failAll({ type: "t" }, new DiscardError("no"));
    await ojs.client.enqueueBatch([{ type: "t" }, { type: "t" }]);
    await ojs.drain();
    ojs.assertFailed("t", { state: "discarded", count: 2 });
    expect(calls).toBe(1);
  });
});

describe("perform", () => {
  it("gives what the handler returned, or throws what it threw", async () => {
    await using ojs = await createTestOjs();
    const failure = new RangeError("too far");
    ojs.register("sum", ({ args: [a, b] }) => Number(a) + Number(b));
    ojs.register("fail", () => {
      throw failure;
    });
    expect(await ojs.perform("sum", [2, 3])).toBe(5);
    await expect(ojs.perform({ type: "fail" })).rejects.toBe(failure);
    await expect(ojs.perform("nobody")).rejects.toThrow("There is no handler for nobody.");
  });
});

describe("a definition", () => {
  it("brings its options and its checks, also to perform", async () => {
    await using ojs = await createTestOjs();
    const sum = defineJob<[a: number, b: number], number>("sum", { queue: "math", tags: ["n"] });
    ojs.register(sum, ({ args: [a, b] }) => a + b);
    expect(await ojs.perform(sum, [2, 3])).toBe(5);
    ojs.assertCompleted(sum, { args: [2, 3], result: 5, queue: "math", tags: ["n"] });
  });

  it("is a file of a folder for the kit as for a worker", async () => {
    await using ojs = await createTestOjs();
    await loadHandlers(ojs, new URL("../../../../examples/programs/handlers/", import.meta.url));
    await expect(ojs.perform("nobody")).rejects.toThrow("There is no handler for nobody.");
  });
});

describe("modes", () => {
  it("inline: jobs run within enqueue, once and at once, and throw out of it", async () => {
    await using ojs = await createTestOjs({ mode: "inline" });
    const seen: string[] = [];
    ojs.register("outer", async () => {
      await ojs.client.enqueue("inner");
      seen.push("outer");
    });
    ojs.register("inner", () => void seen.push("inner"));
    ojs.register("broken", () => {
      throw new RangeError("broken");
    });
    await ojs.client.enqueue("outer", [], { delay: "1h" });
    expect(seen).toEqual(["inner", "outer"]);
    ojs.assertCompleted("outer");
    await expect(ojs.client.enqueue("broken")).rejects.toThrow(RangeError);
    ojs.assertFailed("broken", { state: "discarded" });
    await ojs.client.enqueueBatch([{ type: "inner" }, { type: "inner" }]);
    ojs.assertCompleted("inner", { count: 3 });
  });

  it("fake: jobs are checked and recorded, and nothing runs", async () => {
    await using ojs = await createTestOjs({ mode: "fake" });
    ojs.register("t", () => 1);
    await ojs.client.enqueue("t", { a: 1 });
    await expect(ojs.client.enqueue("Not A Type")).rejects.toThrow(OjsValidationError);
    ojs.assertEnqueued("t", { args: { a: 1 } });
    ojs.refutePerformed("t");
    await expect(ojs.drain()).rejects.toThrow(
      expect.objectContaining({ hint: expect.stringContaining("mode 'real'") }),
    );
    expect(await ojs.perform("t")).toBe(1);
  });
});

it("uses middleware on both sides", async () => {
  await using ojs = await createTestOjs();
  const tenant: Middleware = {
    name: "tenant",
    enqueue: (job, next) => next({ ...job, meta: { ...job.meta, tenant: "acme" } }),
    execute: async (job, next) => `${await next()} for ${job.meta.tenant}`,
  };
  ojs.use(tenant).register("t", () => "done");
  await ojs.client.enqueue("t");
  await ojs.drain();
  ojs.assertCompleted("t", { meta: { tenant: "acme" }, where: ({ result }) => result === "done for acme" });
  expect(await ojs.perform("t")).toBe("done for acme");
});

it("shares nothing: tests run in parallel, and clear begins anew", async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => createTestOjs()));
  await Promise.all(
    all.map(async (ojs, index) => {
      ojs.register("t", () => index);
      for (let left = index; left >= 0; left -= 1) await ojs.client.enqueue("t");
      await ojs.drain();
      ojs.assertCompleted("t", { count: index + 1 });
    }),
  );
  const [ojs] = all;
  await ojs?.client.enqueue("t", [], { delay: "1h" });
  ojs?.failAll("t", new Error("no"));
  await ojs?.clear();
  ojs?.refuteEnqueued("t");
  expect(await ojs?.perform("t")).toBe(0);
  await Promise.all(all.map((one) => one.close()));
});

it("makes the same ids for the same seed", async () => {
  const ids = async (seed: number): Promise<string> => {
    await using ojs = await createTestOjs({ now: NOW, seed });
    return (await ojs.client.enqueue("t")).id;
  };
  expect(await ids(1)).toBe(await ids(1));
  expect(await ids(1)).not.toBe(await ids(2));
});

it("serves clients of the application's own by its transport", async () => {
  await using ojs = await createTestOjs();
  await new OjsClient({ transport: ojs.transport }).enqueue("t", [1]);
  ojs.assertEnqueued("t", { args: [1] });
});
