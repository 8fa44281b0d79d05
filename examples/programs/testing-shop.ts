/** The tests of a small shop, as its authors would write them: a sign-up, a retry, an order in steps, a daily report. */
import assert from "node:assert/strict";
import { chain, DiscardError, defineJob, type HandlerRegistry, type OjsClient } from "openjobs";
import { createTestOjs, type TestOjs } from "openjobs/testing";

// The shop. Its functions take a client, and one function registers its handlers, for a worker and for a test.
const welcome = defineJob<[email: string], { messageId: string }>("email.welcome", { queue: "email" });
const charge = defineJob<[order: string, cents: number], { receipt: string }>("order.charge", {
  retry: { maxAttempts: 3, initialInterval: "10s", jitter: false },
});
const ship = defineJob<[order: string]>("order.ship");
const report = defineJob("report.daily", { queue: "reports" });

const signUp = (client: OjsClient, email: string) => client.enqueue(welcome, [email]);
const placeOrder = (client: OjsClient, order: string, cents: number) =>
  client.createWorkflow(chain([charge.with([order, cents]), ship.with([order])], { name: order }));
const start = (client: OjsClient) =>
  client.registerCronJob({ name: "daily-report", cron: "0 9 * * *", timezone: "Europe/Berlin", ...report.with() });

function registerHandlers(registry: HandlerRegistry): void {
  registry.register(welcome, ({ args: [email] }) => ({ messageId: `welcome-${email}` }));
  registry.register(charge, ({ args: [order, cents] }) => {
    if (cents > 10_000) throw new DiscardError("card declined");
    return { receipt: `r-${order}` };
  });
  registry.register(ship, () => undefined);
  registry.register(report, () => undefined);
}

// Its tests. Each has a kit of its own, so they may run side by side.
async function test(body: (ojs: TestOjs) => Promise<void>): Promise<void> {
  await using ojs = await createTestOjs({ now: "2026-01-01T00:00:00Z" });
  registerHandlers(ojs);
  await body(ojs);
}

await Promise.all([
  test(async (ojs) => {
    await signUp(ojs.client, "ada@example.com");
    ojs.assertEnqueued(welcome, { args: ["ada@example.com"], queue: "email" });
    await ojs.drain();
    const { result } = ojs.assertCompleted(welcome);
    assert.equal(result?.messageId, "welcome-ada@example.com");
  }),
  test(async (ojs) => {
    ojs.failNext(charge, new Error("gateway timeout"));
    await placeOrder(ojs.client, "o-1", 2_500);
    await ojs.drain();
    ojs.assertRetried(charge, { error: "gateway timeout" });
    ojs.refuteEnqueued(ship); // not yet: its turn has not come
    await ojs.advance("10s", { drain: true });
    ojs.assertCompleted(charge, { attempts: 2, result: { receipt: "r-o-1" } });
    ojs.assertWorkflowCompleted("chain", { name: "o-1", steps: [charge, ship] });
  }),
  test(async (ojs) => {
    await placeOrder(ojs.client, "o-2", 99_900);
    await ojs.drain();
    ojs.assertDiscarded(charge, { attempts: 1 });
    ojs.assertWorkflowFailed("chain", { failedStep: charge, error: /declined/ });
    ojs.refutePerformed(ship);
    ojs.assertEmitted("workflow.failed");
  }),
  test(async (ojs) => {
    await start(ojs.client);
    ojs.assertCronRegistered("daily-report", { type: report, nextRunAt: "2026-01-01T08:00:00Z" });
    await ojs.advance("3d", { drain: true });
    ojs.assertCronFired("daily-report", { times: 3 });
    ojs.assertCompleted(report, { count: 3, queue: "reports" });
  }),
  test(async (ojs) => {
    await placeOrder(ojs.client, "o-3", 2_500);
    // An assertion that fails says what was there.
    assert.throws(
      () => ojs.assertWorkflowCompleted("chain", { name: "o-3" }),
      /chain "o-3", running: order\.charge pending → order\.ship waiting ← is running/,
    );
  }),
]);
console.log("ok: four stories of a shop, three days and a retry in no time");
