/**
 * Every MUST that ojs-serverless has for a server that pushes, by its section, on a clock in the test's hand. What it demands of clouds' own queues
 * (§3.1, §4, §5) is of other servers. Each in depth, on every storage, is test/suites/engine/push.ts.
 */
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readNewPushEndpoint } from "../../src/core/push/endpoint-request.ts";
import type { WebhookReply } from "../../src/engine/webhooks/webhook-sender.ts";
import { openMemory } from "../storage/volatile-storages.ts";
import { type EngineBench, QUEUE, retry } from "../suites/engine/bench.ts";
import { runEngineBehaviour } from "../suites/engine-suite.ts";
import { answering, RecordingSender, type Script } from "../support/recording-sender.ts";

const SECOND = 1_000;
/** Tried again after a second, as often as five times. */
const RETRIED = { maxAttempts: 5, ...retry({ initial_interval: "PT1S", backoff_coefficient: 1, jitter: false }) };

const DONE: Partial<WebhookReply> = { body: '{"status":"completed","result":7}' };
const SAYS_NO: Partial<WebhookReply> = {
  body: '{"status":"failed","error":{"code":"smtp","message":"no","retryable":true}}',
};
const SILENT: Partial<WebhookReply> = { statusCode: null, error: "no answer", timedOut: true };

/** An engine that calls one function, which answers so; then always DONE. */
async function calling(bench: EngineBench, ...replies: readonly (Partial<WebhookReply> | "never")[]) {
  const left = [...replies];
  return callingBy(bench, () => left.shift() ?? DONE);
}

async function callingBy(bench: EngineBench, script: Script): Promise<RecordingSender> {
  const sender = new RecordingSender(script);
  await bench.start({ webhooks: sender });
  await register(bench, "https://f.example/");
  return sender;
}

async function register(bench: EngineBench, endpoint: string, queue = QUEUE, config: object = {}) {
  const made = await bench.engine.createPushEndpoint(readNewPushEndpoint({ endpoint, queues: [queue], config }));
  await bench.advance(0);
  return made;
}

/** A job that has just been offered to a function. */
async function offered(bench: EngineBench, fields: Parameters<EngineBench["enqueue"]>[0] = RETRIED) {
  const { id } = await bench.enqueue(fields);
  await bench.advance(0);
  return { id, errors: async () => JSON.parse((await bench.job({ id })).errors ?? "[]") };
}

/** The attempt failed, and whether another one comes. */
async function expectRetried(bench: EngineBench, reply: Partial<WebhookReply>, isRetried: boolean): Promise<void> {
  const sender = await calling(bench, reply);
  const { id } = await offered(bench);
  await bench.advance(30 * SECOND);
  expect(await bench.stateOf({ id })).toBe(isRetried ? "completed" : "discarded");
  expect(sender.posts).toHaveLength(isRetried ? 2 : 1);
}

type Rule = readonly [section: string, demand: string, check: (bench: EngineBench) => Promise<void>];

const calls: readonly Rule[] = [
  [
    "2.2",
    "posts an available job that matches an endpoint, with its headers and its body",
    async (bench) => {
      const sender = await calling(bench);
      const { id } = await offered(bench);
      const [post] = sender.posts;
      expect(post?.url).toBe("https://f.example/");
      const deliveryId = post?.headers["x-ojs-delivery-id"];
      expect(post?.headers).toMatchObject({ "content-type": "application/json", "x-ojs-job-id": id });
      expect(post?.headers["x-ojs-signature"]).toMatch(/^sha256=[0-9a-f]{64}$/);
      const body = { job: { specversion: "1.0", id, queue: QUEUE, attempt: 1 }, delivery_id: deliveryId };
      expect(JSON.parse(post?.body ?? "")).toMatchObject({
        ...body,
        worker_id: expect.stringMatching(/^push_worker_/),
      });
    },
  ],
  [
    "10.1 1",
    "signs by HMAC-SHA256",
    async (bench) => {
      const sender = new RecordingSender();
      await bench.start({ webhooks: sender });
      const { secret } = await register(bench, "https://f.example/");
      await offered(bench);
      const { headers = {}, body } = sender.posts[0] ?? {};
      const mac = createHmac("sha256", secret).update(`${headers["x-ojs-timestamp"]}.${body}`).digest("hex");
      expect(headers["x-ojs-signature"]).toBe(`sha256=${mac}`);
    },
  ],
  [
    "10.1 2",
    "makes the job active before it calls",
    async (bench) => {
      const sender = await calling(bench, "never");
      const { id } = await offered(bench);
      expect(sender.posts).toHaveLength(1);
      expect(await bench.stateOf({ id })).toBe("active");
      expect(JSON.parse(sender.posts[0]?.body ?? "").job.state).toBe("active");
    },
  ],
  [
    "10.1 4",
    "offers a job to one endpoint at a time",
    async (bench) => {
      const sender = await callingBy(bench, () => "never");
      await register(bench, "https://other.example/");
      for (let count = 0; count < 10; count += 1) await bench.enqueue(RETRIED);
      await bench.advance(0);
      const ids = sender.posts.map(({ headers }) => headers["x-ojs-job-id"]);
      expect([ids.length, new Set(ids).size]).toEqual([10, 10]);
    },
  ],
];

const outcomes: readonly Rule[] = [
  [
    "10.1 3",
    "keeps to the timeout and fails the attempt after it",
    async (bench) => {
      const sender = new RecordingSender(() => SILENT);
      await bench.start({ webhooks: sender });
      await register(bench, "https://f.example/", QUEUE, { timeout_ms: 5_000 });
      const { id, errors } = await offered(bench);
      const [post] = sender.posts;
      expect([post?.timeoutMs, post?.headers["x-ojs-timeout-ms"]]).toEqual([15_000, "15000"]); // the first one is cold
      await bench.advance(10 * SECOND);
      expect(await bench.stateOf({ id })).toBe("retryable");
      expect(await errors()).toMatchObject([{ details: { error_type: "timeout" } }]);
    },
  ],
  [
    "7.2 1, 10.1 8",
    "tells errors of the function from errors of the delivery",
    async (bench) => {
      await calling(bench, SAYS_NO, answering(500));
      const { errors } = await offered(bench);
      await bench.advance(5 * SECOND);
      const [first, second] = await errors();
      expect(first).toMatchObject({ code: "smtp", message: "no" });
      expect(first.details?.error_class).toBeUndefined();
      expect(second.details.error_class).toBe("delivery_error");
    },
  ],
  ["7.2 2", "does not try again after a 404", (bench) => forgiven(bench, 404)],
  ["7.2 3", "does not try again after a 401", (bench) => forgiven(bench, 401)],
  ["7.2 3", "does not try again after a 403", (bench) => forgiven(bench, 403)],
  ["2.3", "does not try again after another 4xx", (bench) => expectRetried(bench, answering(422), false)],
  ["2.3", "tries again after a 5xx", (bench) => expectRetried(bench, answering(502), true)],
  [
    "7.1",
    "tries again when the network fails",
    (bench) => expectRetried(bench, { statusCode: null, error: "reset" }, true),
  ],
  ["7.1", "tries again after an answer that is none", (bench) => expectRetried(bench, { body: "OK" }, true)],
  [
    "7.2 4",
    "calls less often after a 429, one second and then twice as long each time",
    async (bench) => {
      const times: number[] = [];
      await callingBy(bench, () => {
        times.push(bench.clock.now());
        return answering(429);
      });
      await offered(bench, {
        ...RETRIED,
        ...retry({ initial_interval: "PT0.001S", backoff_coefficient: 1, jitter: false }),
      });
      await bench.advance(60 * SECOND);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(gaps).toEqual([1, 2, 4, 8].map((seconds) => seconds * SECOND));
    },
  ],
  [
    "7.3 1",
    "discards a job whose attempts are used up",
    async (bench) => {
      const sender = await callingBy(bench, () => SAYS_NO);
      const { id } = await offered(bench, { ...RETRIED, maxAttempts: 2 });
      await bench.advance(5 * SECOND);
      expect([await bench.stateOf({ id }), sender.posts.length]).toEqual(["discarded", 2]);
    },
  ],
];

/** Ends the job for good, and leaves later ones to workers. */
async function forgiven(bench: EngineBench, status: number): Promise<void> {
  await expectRetried(bench, answering(status), false);
  expect(bench.errors.splice(0)).toHaveLength(1); // somebody is told
  const { id } = await offered(bench);
  expect(await bench.stateOf({ id })).toBe("available");
}

const deliveries: readonly Rule[] = [
  [
    "8.1 1, 10.1 7",
    "names each delivery in header and body",
    async (bench) => {
      const sender = await calling(bench);
      await offered(bench);
      await offered(bench);
      const named = sender.posts.map(({ headers, body }) => [
        headers["x-ojs-delivery-id"],
        JSON.parse(body).delivery_id,
      ]);
      expect(named.map(([header, body]) => header === body && /^del_/.test(body))).toEqual([true, true]);
      expect(named[0]).not.toEqual(named[1]);
    },
  ],
  [
    "8.1 2",
    "names the retry of a job anew",
    async (bench) => {
      const sender = await calling(bench, SAYS_NO);
      const { id } = await offered(bench);
      await bench.advance(2 * SECOND);
      expect(sender.posts.map(({ headers }) => headers["x-ojs-job-id"])).toEqual([id, id]);
      expect(new Set(sender.posts.map(({ deliveryId }) => deliveryId)).size).toBe(2);
    },
  ],
  [
    "8.2 1",
    "takes the late success of a delivery that it has given up, while the job is active",
    async (bench) => {
      const sender = await calling(bench, SILENT);
      const { id } = await offered(bench);
      await bench.advance(5 * SECOND);
      const lease = await bench.engine.leaseOfDelivery(id, sender.posts[0]?.deliveryId ?? "");
      await bench.engine.ack({ jobId: id, fence: { lease }, result: "7" });
      expect(await bench.stateOf({ id })).toBe("completed");
      await bench.advance(60 * SECOND);
      expect(sender.posts).toHaveLength(1);
    },
  ],
  [
    "8.2 2",
    "ignores the late failure of a delivery that is not the job's any more",
    async (bench) => {
      const sender = await calling(bench, SAYS_NO, "never");
      const { id } = await offered(bench);
      await bench.advance(2 * SECOND);
      const late = bench.engine.leaseOfDelivery(id, sender.posts[0]?.deliveryId ?? "");
      await expect(late).rejects.toMatchObject({ code: "conflict" });
      expect(await bench.stateOf({ id })).toBe("active");
    },
  ],
  [
    "9.4 1, 9.4 2, 10.5",
    "holds all endpoints to one set of rules, and none for the failures of another",
    async (bench) => {
      const sender = await callingBy(bench, ({ url }) => (url.includes("other") ? DONE : answering(500)));
      const other = await register(bench, "https://other.example/", "other");
      for (let count = 0; count < 5; count += 1) await bench.enqueue(RETRIED);
      await bench.advance(0);
      const circuits = (await bench.engine.listPushEndpoints()).map(({ circuit }) => circuit);
      expect(circuits).toEqual(["open", "closed"]);
      const { id } = await offered(bench, { queue: "other" });
      expect(await bench.stateOf({ id })).toBe("completed");
      const signed = sender.posts.every(({ headers }) => headers["x-ojs-signature"]?.startsWith("sha256="));
      expect([signed, other.circuit]).toEqual([true, "closed"]);
    },
  ],
  [
    "9.4 4",
    "leaves jobs to workers while an endpoint cannot be called",
    async (bench) => {
      await callingBy(bench, () => answering(500));
      for (let count = 0; count < 6; count += 1) await bench.enqueue(RETRIED);
      await bench.advance(0);
      const job = await bench.fetchOne();
      await bench.ack(job);
      expect(await bench.stateOf(job)).toBe("completed");
    },
  ],
];

describe("ojs-serverless demands of a server that it", () => {
  it.each([...calls, ...outcomes, ...deliveries])("§%s %s", async (_, name, run) => {
    await runEngineBehaviour({ name, run }, openMemory);
  });
});
