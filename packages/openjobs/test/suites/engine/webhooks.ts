/** Webhooks: what is subscribed to is stored with what it tells of, and arrives at least once (ojs-webhooks §5 to §8). */
import { createHmac } from "node:crypto";
import { expect } from "vitest";
import type { JsonObject } from "../../../src/core/json-object.ts";
import { readNewWebhook } from "../../../src/core/webhook/subscription-request.ts";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import type { WebhookWithSecret } from "../../../src/engine/webhooks/webhook-engine.ts";
import { CrashingStorage } from "../../support/crashing-storage.ts";
import { answering, RecordingSender, type Script } from "../../support/recording-sender.ts";
import { stepOf } from "../../support/workflows.ts";
import { type EngineBehaviour, type EngineBench, QUEUE } from "./bench.ts";
import { aCron, MINUTE } from "./cron-bench.ts";

const URL_A = "https://a.example/hooks";
const URL_B = "https://b.example/hooks";
const SECOND = 1_000;
const HOUR = 60 * MINUTE;

async function startSending(bench: EngineBench, script?: Script): Promise<RecordingSender> {
  const sender = new RecordingSender(script);
  await bench.start({ webhooks: sender });
  return sender;
}

function subscribe(bench: EngineBench, fields: JsonObject = {}): Promise<WebhookWithSecret> {
  return bench.engine.createWebhook(readNewWebhook({ url: URL_A, events: ["job.*"], ...fields }));
}

/** Lets what is due at this moment be sent, and what became of it be stored. */
async function settle(bench: EngineBench): Promise<void> {
  await bench.advance(0);
}

async function idsOf(bench: EngineBench, status: "pending" | "delivered" | "dead"): Promise<readonly string[]> {
  const { items, total } = await bench.engine.listDeliveries({ status }, { limit: 100 });
  expect(total).toBe(items.length);
  return items.map(({ delivery }) => delivery.id);
}

const telling: readonly EngineBehaviour[] = [
  {
    name: "tells a job's life to those who subscribed to it, each event signed",
    async run(bench) {
      const sender = await startSending(bench);
      const { secret, subscription } = await subscribe(bench);
      const { id } = await bench.enqueue({ maxAttempts: 2 });
      const job = await bench.fetchOne();
      await bench.beat([job]);
      await bench.ack(job, '{"n":1}');
      await settle(bench);
      const types = ["job.enqueued", "job.started", "job.heartbeat", "job.completed"];
      expect([...sender.typesTo(URL_A)].sort()).toEqual([...types].sort());
      const last = sender.posts.find(({ type }) => type === "job.completed");
      expect(JSON.parse(last?.body ?? "")).toMatchObject({
        specversion: "1.0",
        subject: id,
        data: { result: { n: 1 } },
      });
      const { headers, body } = last ?? { headers: {}, body: "" };
      const timestamp = String(bench.clock.now() / SECOND);
      expect(headers).toMatchObject({
        "x-ojs-event-type": "job.completed",
        "x-ojs-subscription-id": subscription.id,
        "x-ojs-timestamp": timestamp,
        "x-ojs-signature": `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`,
      });
      expect(await idsOf(bench, "delivered")).toHaveLength(4);
      expect(await idsOf(bench, "pending")).toEqual([]);
    },
  },
  {
    name: "tells each only what it asked for, by type, queue and type of job",
    async run(bench) {
      const sender = await startSending(bench);
      await subscribe(bench, { events: ["job.enqueued"], filter: { queues: ["other"] } });
      await subscribe(bench, { url: URL_B, events: ["job.enqueued"], filter: { job_types: ["report.make"] } });
      await bench.enqueue({ queue: "other" });
      await bench.enqueue({ type: "report.make" });
      await bench.enqueue();
      await bench.engine.pauseQueue("other");
      await settle(bench);
      expect(sender.typesTo(URL_A)).toEqual(["job.enqueued"]);
      expect(sender.typesTo(URL_B)).toEqual(["job.enqueued"]);
    },
  },
  {
    name: "tells of workflows, cron jobs, queues, priorities, workers and failures as well",
    async run(bench) {
      const sender = await startSending(bench);
      await subscribe(bench, { events: ["*"] });
      const { engine } = bench;
      const workflow = { type: "chain", steps: [stepOf("a.run"), stepOf("b.run")] };
      await engine.createWorkflow(readWorkflow(workflow, { now: engine.now(), newId: engine.newJobId }));
      await bench.beat();
      await bench.ack(await bench.fetchOne({ queues: ["default"] }));
      const { id } = await bench.enqueue();
      await bench.engine.setPriority(id, 7);
      const failing = await bench.fetchOne();
      await engine.reportProgress({ jobId: failing.id, fence: { lease: failing.lease }, progress: 0.5 });
      await bench.nack(failing);
      await bench.engine.pauseQueue(QUEUE);
      await bench.engine.resumeQueue(QUEUE);
      await bench.engine.changeQueueConfig(QUEUE, { default_priority: 1 });
      await bench.engine.registerCron(aCron());
      await bench.advance(MINUTE);
      const told = new Set(sender.posts.map(({ type }) => type));
      const logged = bench.engine.listEvents({ limit: 1_000 }).events.map(({ type }) => type);
      expect([...told].sort()).toEqual([...new Set(logged)].sort());
      expect(told).toContain("workflow.step_completed");
      expect(told).toContain("cron.triggered");
      expect(sender.posts).toHaveLength(logged.length);
    },
  },
  {
    name: "tells a subscriber that comes later nothing of before",
    async run(bench) {
      const sender = await startSending(bench);
      const job = await bench.enqueue();
      await subscribe(bench);
      await bench.engine.cancel(job.id);
      await settle(bench);
      expect(sender.typesTo(URL_A)).toEqual(["job.cancelled"]);
    },
  },
];

const crashes: readonly EngineBehaviour[] = [
  {
    name: "stores an event in the very commit that it tells of",
    async run(bench) {
      const crashing = new CrashingStorage(bench.storage);
      await bench.start({ storage: crashing.storage, webhooks: new RecordingSender(), onError: () => undefined });
      await subscribe(bench, { events: ["job.enqueued", "job.started", "job.completed"] });
      const { id } = await bench.enqueue();
      await settle(bench);
      const job = await bench.fetchOne();
      await settle(bench);
      crashing.arm("after", 0);
      await expect(bench.ack(job)).rejects.toMatchObject({ code: "backend_error" });
      const sender = await startSending(bench);
      await settle(bench);
      expect(await bench.stateOf({ id })).toBe("completed");
      expect(sender.typesTo(URL_A)).toEqual(["job.completed"]);
    },
  },
  {
    name: "sends again what was sent when the process was killed, under the same id",
    async run(bench) {
      const crashing = new CrashingStorage(bench.storage);
      const first = new RecordingSender(() => {
        crashing.crash();
        return {};
      });
      await bench.start({ storage: crashing.storage, webhooks: first, onError: () => undefined });
      await subscribe(bench);
      await bench.enqueue();
      await settle(bench);
      const second = await startSending(bench);
      await bench.advance(first.timeoutMs + 10 * SECOND);
      expect(first.posts).toHaveLength(1);
      expect(second.posts.map(({ deliveryId }) => deliveryId)).toEqual([first.posts[0]?.deliveryId]);
      expect(await idsOf(bench, "pending")).toEqual([]);
    },
  },
  {
    name: "gives back what is on its way when it closes",
    async run(bench) {
      const first = await startSending(bench, () => "never");
      await subscribe(bench);
      await bench.enqueue();
      await settle(bench);
      const second = await startSending(bench);
      await settle(bench);
      expect(second.posts.map(({ deliveryId }) => deliveryId)).toEqual(first.posts.map(({ deliveryId }) => deliveryId));
    },
  },
];

const attempts: readonly EngineBehaviour[] = [
  {
    name: "tries a target that fails eight times, at the page's times, and keeps what nobody tries any more",
    async run(bench) {
      const sender = await startSending(bench, () => answering(500));
      const start = bench.clock.now();
      await subscribe(bench);
      await bench.enqueue();
      await settle(bench);
      const times = [0];
      for (const pause of [30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR]) {
        await bench.oversleep(pause - 1);
        expect(sender.posts).toHaveLength(times.length);
        await bench.advance(1);
        times.push(bench.clock.now() - start);
        expect(sender.posts).toHaveLength(times.length);
      }
      expect(new Set(sender.posts.map(({ deliveryId }) => deliveryId)).size).toBe(1);
      const [id = ""] = await idsOf(bench, "dead");
      const { delivery, nextAttemptAt } = await bench.engine.getDelivery(id);
      expect(delivery).toMatchObject({ attempts: 8, status: "dead", lastAttempt: { statusCode: 500 } });
      expect(nextAttemptAt).toBeNull();
    },
  },
  {
    name: "tries no more where a target does not want it, and again when somebody says so",
    async run(bench) {
      let status = 404;
      const sender = await startSending(bench, () => (status === 200 ? {} : answering(status)));
      await subscribe(bench);
      await bench.enqueue();
      await bench.advance(MINUTE);
      const [id = ""] = await idsOf(bench, "dead");
      expect(sender.posts).toHaveLength(1);
      status = 200;
      await bench.engine.retryDelivery(id);
      await settle(bench);
      expect(sender.posts).toHaveLength(2);
      expect(await idsOf(bench, "delivered")).toEqual([id]);
      await expect(bench.engine.retryDelivery(id)).rejects.toMatchObject({ code: "conflict" });
      await bench.oversleep(15 * MINUTE);
      await expect(bench.engine.getDelivery(id)).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "comes back when a target that has enough asks for it",
    async run(bench) {
      const sender = await startSending(bench, () => answering(429, 5 * MINUTE));
      await subscribe(bench);
      await bench.enqueue();
      await bench.advance(5 * MINUTE - 1);
      expect(sender.posts).toHaveLength(1);
      await bench.advance(1);
      expect(sender.posts).toHaveLength(2);
    },
  },
  {
    name: "lets a target that hangs keep nobody else waiting, and holds only a few requests open",
    async run(bench) {
      const sender = await startSending(bench, ({ url }) => (url === URL_A ? "never" : {}));
      await subscribe(bench, { events: ["job.enqueued"] });
      await subscribe(bench, { url: URL_B, events: ["job.enqueued"] });
      for (let count = 0; count < 20; count += 1) await bench.enqueue();
      await settle(bench);
      expect(sender.typesTo(URL_A)).toHaveLength(8);
      expect(sender.typesTo(URL_B)).toHaveLength(20);
    },
  },
];

const subscriptions: readonly EngineBehaviour[] = [
  {
    name: "sends nothing more of a subscription that is gone, and keeps what waits of one that is switched off",
    async run(bench) {
      let isDown = true;
      const sender = await startSending(bench, () => (isDown ? answering(503) : {}));
      const { subscription: gone } = await subscribe(bench, { events: ["job.enqueued"] });
      const { subscription: off } = await subscribe(bench, { url: URL_B, events: ["job.enqueued"] });
      await bench.enqueue();
      await settle(bench);
      await bench.engine.removeWebhook(gone.id);
      await bench.engine.changeWebhook(off.id, { active: false });
      isDown = false;
      await bench.enqueue();
      await bench.advance(MINUTE);
      expect(sender.posts).toHaveLength(2);
      expect(await idsOf(bench, "pending")).toHaveLength(1);
      await bench.engine.changeWebhook(off.id, { active: true });
      await settle(bench);
      expect(sender.typesTo(URL_B)).toHaveLength(2);
      expect(await idsOf(bench, "pending")).toEqual([]);
    },
  },
  {
    name: "signs with both secrets for a day after a change of them",
    async run(bench) {
      const sender = await startSending(bench);
      const { subscription, secret } = await subscribe(bench);
      const { secret: next } = await bench.engine.rotateWebhookSecret(subscription.id);
      expect(next).not.toBe(secret);
      await bench.enqueue();
      await settle(bench);
      await bench.oversleep(24 * HOUR);
      await bench.enqueue();
      await settle(bench);
      const signatures = sender.posts.map(({ headers }) => headers["x-ojs-signature"]?.split(","));
      const signed = sender.posts.map(({ headers, body }) =>
        [next, secret].map((key) => {
          const text = `${headers["x-ojs-timestamp"]}.${body}`;
          return `sha256=${createHmac("sha256", key).update(text).digest("hex")}`;
        }),
      );
      expect(signatures).toEqual([signed[0], signed[1]?.slice(0, 1)]);
    },
  },
  {
    name: "knows subscriptions again after a restart, and their secrets",
    async run(bench) {
      await startSending(bench);
      const { subscription } = await subscribe(bench, { metadata: { owner: "é" }, filter: { queues: [QUEUE] } });
      const sender = await startSending(bench);
      expect(await bench.engine.listWebhooks()).toEqual([subscription]);
      expect(await bench.engine.getWebhook(subscription.id)).toEqual(subscription);
      await bench.enqueue();
      await settle(bench);
      expect(sender.posts).toHaveLength(1);
    },
  },
  {
    name: "refuses where it would not post to, and keeps nothing of it",
    async run(bench) {
      await startSending(bench);
      const refused = { code: "invalid_request", details: { field: "url" } };
      await expect(subscribe(bench, { url: "https://private.example" })).rejects.toMatchObject(refused);
      const { subscription } = await subscribe(bench);
      const change = bench.engine.changeWebhook(subscription.id, { url: "https://private.example/" });
      await expect(change).rejects.toMatchObject(refused);
      expect(await bench.engine.listWebhooks()).toEqual([subscription]);
      await expect(bench.engine.getWebhook("sub_x")).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "posts a test at once, of which nothing is kept",
    async run(bench) {
      const sender = await startSending(bench, () => ({ ...answering(418), body: "teapot" }));
      const { subscription } = await subscribe(bench, { active: false });
      const outcome = await bench.engine.testWebhook(subscription.id);
      expect(outcome).toMatchObject({ statusCode: 418, error: "answered 418", body: "teapot" });
      expect(sender.typesTo(URL_A)).toEqual(["webhook.test"]);
      expect((await bench.engine.listDeliveries({}, { limit: 1 })).total).toBe(0);
    },
  },
];

export const webhookBehaviours: readonly EngineBehaviour[] = [...telling, ...crashes, ...attempts, ...subscriptions];
