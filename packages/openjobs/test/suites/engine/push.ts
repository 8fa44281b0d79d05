/** Push delivery: functions are called with jobs, and what they answer is the outcome (ojs-serverless §2, §7, §8). */
import { createHmac } from "node:crypto";
import { expect } from "vitest";
import { readNewPushEndpoint } from "../../../src/core/push/endpoint-request.ts";
import type { EndpointWithSecret } from "../../../src/engine/push/push-engine.ts";
import type { WebhookReply } from "../../../src/engine/webhooks/webhook-sender.ts";
import { answering, RecordingSender, type Script } from "../../support/recording-sender.ts";
import { type EngineBehaviour, type EngineBench, QUEUE, retry } from "./bench.ts";

const URL = "https://f.example/run";
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const COMPLETED: Partial<WebhookReply> = { body: '{"status":"completed","result":{"n":1.50}}' };
const TIMED_OUT: Partial<WebhookReply> = { statusCode: null, error: "no answer", timedOut: true };

async function startCalling(bench: EngineBench, script: Script = () => COMPLETED): Promise<RecordingSender> {
  const sender = new RecordingSender(script);
  await bench.start({ webhooks: sender });
  return sender;
}

async function register(bench: EngineBench, config: object = {}, more: object = {}): Promise<EndpointWithSecret> {
  const body = { endpoint: URL, queues: [QUEUE], config, ...more };
  const made = await bench.engine.createPushEndpoint(readNewPushEndpoint(body));
  await bench.advance(0);
  return made;
}

/** Jobs that are called again after a second, ten times at most. */
const QUICK = { maxAttempts: 10, ...retry({ initial_interval: "PT1S", backoff_coefficient: 1, jitter: false }) };

const calls: readonly EngineBehaviour[] = [
  {
    name: "calls a function with a job that it holds, signed, and takes its answer for the outcome",
    async run(bench) {
      const sender = await startCalling(bench);
      const { secret, endpoint } = await register(bench);
      const { id } = await bench.enqueue({ args: '[{"to":"é"}]' });
      await bench.advance(0);
      const [post] = sender.posts;
      const { job, worker_id, delivery_id } = JSON.parse(post?.body ?? "{}");
      expect(job).toMatchObject({ id, state: "active", queue: QUEUE, args: [{ to: "é" }], attempt: 1 });
      expect(worker_id).toBe(endpoint.id.replace("push_", "push_worker_"));
      const timestamp = post?.headers["x-ojs-timestamp"];
      expect(post?.headers).toMatchObject({
        "x-ojs-job-id": id,
        "x-ojs-delivery-id": delivery_id,
        "x-ojs-signature": `sha256=${createHmac("sha256", secret).update(`${timestamp}.${post?.body}`).digest("hex")}`,
        "x-ojs-idempotency-window": String(3 * 330),
      });
      expect(await bench.job({ id })).toMatchObject({ state: "completed", result: '{"n":1.5}' });
      expect(bench.eventsOf(id)).toEqual(["job.enqueued", "job.started", "job.completed"]);
    },
  },
  {
    name: "fails the attempt as the function says, and calls it again as the job's policy says, under another id",
    async run(bench) {
      const says = { status: "failed", error: { code: "smtp", message: "refused", retryable: true } };
      const sender = await startCalling(bench, () => ({ body: JSON.stringify(says) }));
      await register(bench);
      const { id } = await bench.enqueue({ ...QUICK, maxAttempts: 2 });
      await bench.advance(SECOND);
      const job = await bench.job({ id });
      expect(job.state).toBe("discarded");
      expect(JSON.parse(job.errors ?? "[]")).toMatchObject([{ code: "smtp", message: "refused" }, { code: "smtp" }]);
      expect(new Set(sender.posts.map(({ deliveryId }) => deliveryId)).size).toBe(2);
    },
  },
  {
    name: "takes what is no answer for a failure of the delivery, and says which",
    async run(bench) {
      const replies = [{ body: "OK" }, answering(503), { statusCode: null, error: "ECONNREFUSED" }, answering(400)];
      let next = 0;
      await startCalling(bench, () => replies[next++] ?? COMPLETED);
      await register(bench);
      const { id } = await bench.enqueue(QUICK);
      await bench.advance(10 * SECOND);
      const job = await bench.job({ id });
      expect(job.state).toBe("discarded"); // by the 400, which no repetition would change
      const kinds = JSON.parse(job.errors ?? "[]").map((error: { details: object }) => error.details);
      expect(kinds).toEqual(
        ["invalid_response", "http_503", "network_error", "http_400"].map((error_type) => {
          return { error_class: "delivery_error", error_type };
        }),
      );
    },
  },
  {
    name: "has no more calls under way than the endpoint allows",
    async run(bench) {
      const sender = await startCalling(bench, () => "never");
      await register(bench, { max_concurrency: 3 });
      for (let count = 0; count < 5; count += 1) await bench.enqueue();
      await bench.advance(0);
      expect(sender.posts).toHaveLength(3);
    },
  },
  {
    name: "leaves jobs of other types to workers, and finds its own behind them",
    async run(bench) {
      const sender = await startCalling(bench);
      await register(bench, { max_concurrency: 1 }, { job_types: ["report.make"] });
      const other = await bench.enqueue({ type: "mail.send" });
      const mine = await bench.enqueue({ type: "report.make" });
      await bench.advance(5 * SECOND);
      expect(sender.posts).toHaveLength(1);
      expect(await bench.stateOf(mine)).toBe("completed");
      expect(await bench.job(other)).toMatchObject({ state: "available", errors: null });
      const job = await bench.fetchOne();
      expect(job.id).toBe(other.id);
      await bench.ack(job);
    },
  },
  {
    name: "minds neither a job that was cancelled under the call nor a queue that is paused",
    async run(bench) {
      const replies = [TIMED_OUT];
      const sender = await startCalling(bench, () => replies.shift() ?? COMPLETED);
      await register(bench);
      const first = await bench.enqueue();
      await bench.advance(SECOND);
      await bench.engine.cancel(first.id);
      await bench.advance(MINUTE);
      expect(await bench.stateOf(first)).toBe("cancelled");
      await bench.engine.pauseQueue(QUEUE);
      const second = await bench.enqueue();
      await bench.advance(MINUTE);
      expect(await bench.stateOf(second)).toBe("available");
      expect(sender.posts).toHaveLength(1);
    },
  },
];

const lateness: readonly EngineBehaviour[] = [
  {
    name: "waits ten seconds for a cold function that was too slow, which may report by itself",
    async run(bench) {
      const sender = await startCalling(bench, () => TIMED_OUT);
      await register(bench);
      const { id } = await bench.enqueue(QUICK);
      await bench.advance(9 * SECOND);
      expect(sender.posts[0]?.timeoutMs).toBe(40 * SECOND);
      expect(await bench.stateOf({ id })).toBe("active");
      const deliveryId = sender.posts[0]?.deliveryId ?? "";
      const lease = await bench.engine.leaseOfDelivery(id, deliveryId);
      await bench.engine.ack({ jobId: id, fence: { lease }, result: "7" });
      await bench.advance(MINUTE);
      expect(await bench.job({ id })).toMatchObject({ state: "completed", result: "7" });
      expect(sender.posts).toHaveLength(1);
    },
  },
  {
    name: "takes a report of a delivery that is over for nobody's",
    async run(bench) {
      let isFirst = true;
      const sender = await startCalling(bench, () => {
        const reply = isFirst ? TIMED_OUT : "never";
        isFirst = false;
        return reply;
      });
      await register(bench);
      const { id } = await bench.enqueue(QUICK);
      await bench.advance(12 * SECOND);
      const [first = "", second = ""] = sender.posts.map(({ deliveryId }) => deliveryId);
      await expect(bench.engine.leaseOfDelivery(id, first)).rejects.toMatchObject({ code: "conflict" });
      await expect(bench.engine.leaseOfDelivery(id, "del_x")).rejects.toMatchObject({ code: "conflict" });
      expect(await bench.engine.leaseOfDelivery(id, second)).toBe((await bench.job({ id })).lease);
    },
  },
  {
    name: "gives a warm function its own time and no more",
    async run(bench) {
      const replies = [COMPLETED, TIMED_OUT];
      const sender = await startCalling(bench, () => replies.shift() ?? "never");
      await register(bench, { timeout_ms: 5_000 });
      await bench.enqueue();
      await bench.advance(0);
      const { id } = await bench.enqueue(QUICK);
      await bench.advance(0);
      expect(sender.posts.map(({ timeoutMs }) => timeoutMs)).toEqual([15_000, 5_000]);
      expect(await bench.job({ id })).toMatchObject({ state: "retryable" });
    },
  },
];

const health: readonly EngineBehaviour[] = [
  {
    name: "leaves an endpoint alone for a minute after five failures in a row, then tries one job",
    async run(bench) {
      let isDown = true;
      const sender = await startCalling(bench, () => (isDown ? answering(500) : COMPLETED));
      const { endpoint } = await register(bench, { max_concurrency: 1 });
      for (let count = 0; count < 8; count += 1) await bench.enqueue(QUICK);
      await bench.advance(59 * SECOND);
      expect(sender.posts).toHaveLength(5);
      expect((await bench.engine.getPushEndpoint(endpoint.id)).circuit).toBe("open");
      await bench.advance(SECOND);
      expect(sender.posts).toHaveLength(6);
      isDown = false;
      await bench.advance(60 * SECOND);
      expect((await bench.engine.getPushEndpoint(endpoint.id)).circuit).toBe("closed");
      await bench.advance(SECOND);
      expect(sender.posts).toHaveLength(14);
    },
  },
  {
    name: "rests when a function has enough, as long as it says",
    async run(bench) {
      const replies = [answering(429, 7_000)];
      const sender = await startCalling(bench, () => replies.shift() ?? COMPLETED);
      await register(bench, { max_concurrency: 1 });
      const { id } = await bench.enqueue(QUICK);
      await bench.enqueue();
      await bench.advance(7 * SECOND - 1);
      expect(sender.posts).toHaveLength(1);
      await bench.advance(1);
      expect(await bench.stateOf({ id })).toBe("completed");
      expect(sender.posts).toHaveLength(3);
    },
  },
  {
    name: "switches an endpoint off that is gone, says why, and goes on when somebody switches it on",
    async run(bench) {
      let status = 404;
      const sender = await startCalling(bench, () => (status === 200 ? COMPLETED : answering(status)));
      const { endpoint } = await register(bench);
      const first = await bench.enqueue(QUICK);
      await bench.advance(0);
      expect(await bench.stateOf(first)).toBe("discarded");
      expect(bench.errors.splice(0)).toHaveLength(1);
      const { endpoint: off } = await bench.engine.getPushEndpoint(endpoint.id);
      expect(off).toMatchObject({ active: false, disabledReason: "answered 404" });
      const second = await bench.enqueue();
      await bench.advance(MINUTE);
      expect([sender.posts.length, await bench.stateOf(second)]).toEqual([1, "available"]);
      status = 200;
      const { endpoint: on } = await bench.engine.changePushEndpoint(endpoint.id, { active: true });
      await bench.advance(0);
      expect([on.disabledReason, await bench.stateOf(second)]).toEqual([null, "completed"]);
    },
  },
];

const keeping: readonly EngineBehaviour[] = [
  {
    name: "goes on after a restart, and gives back what was on its way when it closed",
    async run(bench) {
      await startCalling(bench, () => "never");
      const { endpoint } = await register(bench);
      const { id } = await bench.enqueue();
      await bench.advance(0);
      expect(await bench.stateOf({ id })).toBe("active");
      const sender = await startCalling(bench);
      await bench.advance(0);
      expect(sender.posts).toHaveLength(1);
      expect(await bench.job({ id })).toMatchObject({ state: "completed", returned: 1 });
      expect((await bench.engine.listPushEndpoints()).map((shown) => shown.endpoint.id)).toEqual([endpoint.id]);
    },
  },
  {
    name: "calls an endpoint that was removed no more, and its jobs are there for workers",
    async run(bench) {
      const sender = await startCalling(bench, () => "never");
      const { endpoint } = await register(bench);
      const { id } = await bench.enqueue();
      await bench.advance(0);
      await bench.engine.removePushEndpoint(endpoint.id);
      await bench.advance(0);
      expect(await bench.stateOf({ id })).toBe("available");
      await bench.advance(MINUTE);
      expect(sender.posts).toHaveLength(1);
      await expect(bench.engine.getPushEndpoint(endpoint.id)).rejects.toMatchObject({ code: "not_found" });
      await expect(bench.engine.removePushEndpoint(endpoint.id)).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "refuses where it would not post to, and keeps nothing of it",
    async run(bench) {
      await startCalling(bench);
      const refused = { code: "invalid_request", details: { field: "endpoint" } };
      await expect(register(bench, {}, { endpoint: "https://private.example/" })).rejects.toMatchObject(refused);
      expect(await bench.engine.listPushEndpoints()).toEqual([]);
    },
  },
];

export const pushBehaviours: readonly EngineBehaviour[] = [...calls, ...lateness, ...health, ...keeping];
