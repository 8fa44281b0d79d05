/** Webhooks with several servers on one store. */
import { describe, expect, it } from "vitest";
import { readNewPushEndpoint } from "../../../src/core/push/endpoint-request.ts";
import { readNewWebhook } from "../../../src/core/webhook/subscription-request.ts";
import { QUEUE } from "../../suites/engine/bench.ts";
import { RecordingSender, type Script } from "../../support/recording-sender.ts";
import { enqueue, type Server, Servers } from "./servers.ts";

const HOOK = readNewWebhook({ url: "https://a.example/", events: ["job.enqueued"] });

async function pair(script?: Script) {
  const servers = new Servers();
  const sender = new RecordingSender(script);
  const [here, there] = await servers.start(2, { webhooks: sender });
  if (here === undefined || there === undefined) throw new Error("Two servers were started.");
  return { servers, sender, here, there };
}

/** Subscribes, and tells how long the answer took. */
async function subscribe(servers: Servers, { engine }: Server): Promise<number> {
  const begun = servers.clock.now();
  let answeredAt: number | undefined;
  const created = engine.createWebhook(HOOK).then(() => {
    answeredAt = servers.clock.now();
  });
  for (let waited = 0; answeredAt === undefined && waited < 5_000; waited += 10) await servers.advance(10);
  await created;
  return (answeredAt ?? Number.NaN) - begun;
}

describe("a subscription that one of several servers made", () => {
  it("holds at the others as soon as it was answered", async () => {
    const { servers, sender, here, there } = await pair();
    expect(await subscribe(servers, here)).toBeLessThan(100);
    const id = await enqueue(there);
    await servers.advance(0);
    expect(sender.posts.map(({ subject }) => subject)).toEqual([id]);
  });

  it("is answered although another server was killed", async () => {
    const { servers, here, there } = await pair();
    servers.bus.isCut = true;
    const took = await subscribe(servers, here);
    expect(took).toBeGreaterThanOrEqual(2_000);
    expect(took).toBeLessThan(2_100);
    servers.bus.mend();
    await servers.advance(0);
    expect(await there.engine.listWebhooks()).toHaveLength(1);
  });

  it("is delivered to by another server when the one dies that has it on its way", async () => {
    let isFirst = true;
    const { servers, sender, here, there } = await pair(() => {
      const reply = isFirst ? "never" : {};
      isFirst = false;
      return reply;
    });
    await subscribe(servers, there);
    await enqueue(here);
    await servers.rest();
    here.kill();
    await servers.advance(60_000);
    const [first, second] = sender.posts.map(({ deliveryId }) => deliveryId);
    expect([sender.posts.length, second]).toEqual([2, first]);
    expect((await there.engine.listDeliveries({ status: "pending" }, { limit: 10 })).total).toBe(0);
  });

  it("is delivered to once by all of them together", async () => {
    const { servers, sender, here, there } = await pair();
    await subscribe(servers, here);
    for (let count = 0; count < 20; count += 1) await enqueue(count % 2 === 0 ? here : there);
    await servers.advance(60_000);
    expect(sender.posts).toHaveLength(20);
    expect(new Set(sender.posts.map(({ deliveryId }) => deliveryId)).size).toBe(20);
  });
});

describe("a push endpoint that one of several servers keeps", () => {
  it("is called by the others as well, and by those that are left when one dies", async () => {
    const servers = new Servers();
    const sender = new RecordingSender(() => ({ body: '{"status":"completed"}' }));
    const [here, there] = await servers.start(2, { webhooks: sender });
    if (here === undefined || there === undefined) throw new Error("Two servers were started.");
    const endpoint = readNewPushEndpoint({ endpoint: "https://f.example/", queues: [QUEUE] });
    const made = here.engine.createPushEndpoint(endpoint);
    await servers.advance(100);
    await made;
    here.kill();
    const id = await enqueue(there);
    await servers.advance(1_000);
    expect(await servers.stateOf(id)).toBe("completed");
    expect(sender.posts).toHaveLength(1);
  });
});
