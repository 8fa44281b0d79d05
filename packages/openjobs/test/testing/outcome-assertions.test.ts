/** Assertions about what became of jobs: completed, failed, retried, discarded, cancelled, snoozed. */
import { DiscardError, defineJob, SnoozeError } from "openjobs";
import { createTestOjs, type TestOjs } from "openjobs/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const charge = defineJob<[order: string, cents: number], { receipt: string }>("payment.charge", {
  retry: { maxAttempts: 2, initialInterval: "10s", jitter: false },
  tags: ["money"],
});

let ojs: TestOjs;

beforeAll(async () => {
  ojs = await createTestOjs({ now: "2026-01-01T00:00:00Z" });
  let naps = 0;
  ojs
    .register(charge, ({ args: [order] }) => ({ receipt: `r-${order}` }))
    .register("report.send", () => {
      naps += 1;
      if (naps < 3) throw new SnoozeError("1m");
    })
    .register("card.refuse", () => {
      throw new DiscardError("card is stolen");
    })
    .register("mail.send", () => {
      throw new TypeError("no such host");
    });
  ojs.failNext(charge, new RangeError("gateway is down"));
  const { client } = ojs;
  await client.enqueue(charge, ["o-1", 100]);
  await client.enqueue(charge, ["o-2", 200]);
  await client.enqueue("report.send");
  await client.enqueue("card.refuse");
  await client.enqueue("mail.send", { to: "ada@example.com" }, { retry: { initialInterval: "10m", jitter: false } });
  const late = await client.enqueue("order.ship", [], { delay: "1h" });
  await client.enqueue("order.ship", [], { scheduledAt: "2026-01-03T00:00:00Z" });
  await client.cancelJob(late.id);
  await ojs.drain();
  await ojs.advance("5m", { drain: true });
});

afterAll(() => ojs.close());

describe("an assertion about outcomes", () => {
  it("tells jobs apart by attempts, errors, results, tags and time", () => {
    ojs.assertCompleted(charge, { attempts: 2, args: ["o-1", 100], result: { receipt: "r-o-1" }, tags: ["money"] });
    ojs.assertCompleted(charge, { attempts: 1, args: ["o-2", 200] });
    ojs.refuteCompleted(charge, { attempts: 3 });
    ojs.refuteCompleted(charge, { result: { receipt: "r-o-3" } });
    ojs.refuteCompleted("mail.send");
    ojs.assertFailed("mail.send", { error: "no such host", attempts: 1 });
    ojs.assertFailed("mail.send", { error: /host$/ });
    ojs.assertFailed("mail.send", { error: { type: "TypeError", message: expect.stringContaining("host") } });
    ojs.refuteFailed("mail.send", { error: /port/ });
    ojs.refuteFailed(charge);
    ojs.assertEnqueued("order.ship", { scheduledAt: new Date("2026-01-03T00:00:00Z") });
    ojs.refuteEnqueued("order.ship", { scheduledAt: "2026-01-04T00:00:00Z" });
    ojs.refuteEnqueued(charge, { tags: ["mail"] });
  });

  it("knows what was tried again, given up, cancelled and put off", () => {
    ojs.assertRetried(charge, { error: "gateway is down", count: 1 });
    ojs.assertRetried("mail.send");
    ojs.refuteRetried("card.refuse");
    ojs.refuteRetried(charge, { args: ["o-2", 200] });
    ojs.assertDiscarded("card.refuse", { error: { message: "card is stolen" }, attempts: 1 });
    ojs.refuteDiscarded("mail.send");
    ojs.assertCancelled("order.ship", { count: 1 });
    ojs.refuteCancelled(charge);
    ojs.assertSnoozed("report.send", { state: "completed" });
    ojs.refuteSnoozed(charge);
  });

  it("gives the first job that is meant", () => {
    const job = ojs.assertCompleted(charge, { args: ["o-2", 200] });
    expect(job.result?.receipt).toBe("r-o-2");
    expect(ojs.allEnqueued(charge).map(({ args: [, cents] }) => cents)).toEqual([100, 200]);
  });

  it("says what there was instead, with what was thrown", () => {
    expect(() => ojs.assertDiscarded("mail.send", { error: /port/ })).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected a job to be discarded: mail.send with error /port/; found 0.
      These jobs were there:
        mail.send [{"to":"ada@example.com"}] in default, retryable, attempt 1, TypeError: "no such host" ← has another error, is retryable
        payment.charge ["o-1",100] in default, completed, attempt 2 ← has another type
        payment.charge ["o-2",200] in default, completed, attempt 1 ← has another type
        report.send [] in default, completed, attempt 3 ← has another type
        card.refuse [] in default, discarded, attempt 1, DiscardError: "card is stolen" ← has another type
        order.ship [] in default, cancelled, attempt 0 ← has another type
        order.ship [] in default, scheduled for 2026-01-03T00:00:00Z, attempt 0 ← has another type]
    `);
    expect(() =>
      ojs.assertCompleted(charge, { attempts: 3, result: { receipt: "x" } }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected a job to be completed: payment.charge with attempts 3, result {"receipt":"x"}; found 0.
      These jobs were there:
        payment.charge ["o-1",100] in default, completed, attempt 2 ← is at attempt 2, has the result {"receipt":"r-o-1"}
        payment.charge ["o-2",200] in default, completed, attempt 1 ← is at attempt 1, has the result {"receipt":"r-o-2"}
        report.send [] in default, completed, attempt 3 ← has another type
        card.refuse [] in default, discarded, attempt 1, DiscardError: "card is stolen" ← has another type
        mail.send [{"to":"ada@example.com"}] in default, retryable, attempt 1, TypeError: "no such host" ← has another type
        order.ship [] in default, cancelled, attempt 0 ← has another type
        order.ship [] in default, scheduled for 2026-01-03T00:00:00Z, attempt 0 ← has another type]
    `);
    expect(() => ojs.assertRetried("card.refuse")).toThrow("card is stolen");
    expect(() => ojs.assertRetried("card.refuse")).toThrow("← was not tried again");
    expect(() => ojs.assertSnoozed("mail.send")).toThrow("← was not snoozed");
    expect(() => ojs.assertFailed(charge)).toThrow("← is completed");
    expect(() => ojs.assertFailed("order.ship")).toThrow("← has not failed");
    expect(() => ojs.assertPerformed("order.ship")).toThrow("← has not run");
    expect(() => ojs.assertEnqueued("order.ship", { scheduledAt: 0 })).toThrow(
      "← is scheduled for 2026-01-01T01:00:00.000Z",
    );
  });

  it("cannot ask for none, which is a refutation", () => {
    expect(() => ojs.assertEnqueued("nothing", { count: 0 })).toThrow(
      expect.objectContaining({ details: { field: "count" }, hint: expect.stringContaining("refute") }),
    );
  });
});
