/** Two `ojs serve` on one PostgreSQL. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { type OjsProcess, startOjs } from "../support/ojs-process.ts";
import { describeOnPostgres, type ScratchSchema, scratchSchema } from "../support/postgres-server.ts";
import { RawOjs, type Wire } from "../support/raw-ojs.ts";
import { webhookTarget } from "../support/webhook-targets.ts";

/** "At once", on a machine that is busy: a server that hears nothing looks after a quarter of a minute at the soonest. */
const AT_ONCE_MS = 10_000;

describeOnPostgres("two servers on one PostgreSQL", () => {
  let scratch: ScratchSchema;
  let servers: readonly OjsProcess[];
  let here: RawOjs;
  let there: RawOjs;
  let tests = 0;
  /** Each test has one of its own; the servers are the same for all, and the last one takes one of them away. */
  let queue: string;

  beforeAll(async () => {
    scratch = await scratchSchema();
    // At the same time: both find that there are no tables yet.
    servers = await Promise.all([start(), start()]);
    [here, there] = servers.map(({ url }) => new RawOjs(url)) as [RawOjs, RawOjs];
  }, 60_000);

  beforeEach(() => {
    tests += 1;
    queue = `shared-${tests}`;
  });

  afterAll(async () => {
    for (const raw of [here, there]) raw.close();
    for (const server of servers) await server.kill();
    await scratch.drop();
  });

  function start(): Promise<OjsProcess> {
    const args = ["--schema", scratch.schema, "--pool", "4", "--webhook-targets", "any"];
    return startOjs({ storage: scratch.url, args });
  }

  function enqueue(raw: RawOjs, more: object = {}): Promise<Wire> {
    return raw.enqueue({ type: "test.job", args: [], options: { queue, ...more } });
  }

  function wait(raw: RawOjs, more: object = {}): Promise<Wire> {
    return raw.fetch({ queues: [queue], count: 1, worker_id: "w", wait_ms: 20_000, ...more });
  }

  it("wake a fetch that waits at one of them for a job that comes to the other one", async () => {
    const latencies: number[] = [];
    const requests: number[] = [];
    for (let round = 0; round < 15; round += 1) {
      const waiting = wait(there);
      await delay(30); // it has to have parked; if it has not, it finds the job at once, and nothing is wrong
      const since = performance.now();
      const { at, body } = await enqueue(here);
      requests.push(performance.now() - since);
      const fetched = await waiting;
      expect(fetched.body.jobs[0].id).toBe(body.job.id);
      latencies.push(fetched.at - at);
    }
    // Ten requests take as long as they take on this machine.
    expect(medianOf(latencies)).toBeLessThan(100 + 10 * medianOf(requests));
    expect(Math.max(...latencies)).toBeLessThan(AT_ONCE_MS);
  });

  it("go by a subscription as soon as one of them has answered it", async () => {
    await using target = await webhookTarget();
    const asked: string[] = [];
    const hook = { url: target.url, events: ["job.enqueued"], filter: { queues: [queue] } };
    for (let round = 0; round < 5; round += 1) {
      const { body } = await here.send("POST", "/webhooks/subscriptions", hook);
      asked.push((await enqueue(there)).body.job.id);
      await here.send("DELETE", `/webhooks/subscriptions/${body.id}`);
      await enqueue(there);
    }
    await here.send("POST", "/webhooks/subscriptions", hook);
    asked.push((await enqueue(there)).body.job.id);
    const heard = (): readonly string[] => target.heard.map(({ body }) => JSON.parse(body).subject);
    // Deleting a subscription drops what was not sent yet; the last one stays.
    await vi.waitFor(() => expect(heard()).toContain(asked.at(-1)));
    for (const subject of heard()) expect(asked).toContain(subject);
  });

  it("promote a scheduled job once, and give it to a worker of either", async () => {
    const at = Date.now() + 1_000;
    const sent = new Set<string>();
    for (let n = 0; n < 20; n += 1) {
      const { body } = await enqueue(n % 2 === 0 ? here : there, { scheduled_at: new Date(at).toISOString() });
      sent.add(body.job.id);
    }
    const got: string[] = [];
    const worker = async (raw: RawOjs): Promise<void> => {
      while (got.length < sent.size) {
        const { body } = await wait(raw, { wait_ms: 500 });
        got.push(...body.jobs.map(({ id }: Wire) => id));
      }
    };
    await Promise.all([here, there, here, there].map(worker));
    expect(new Set(got)).toEqual(sent);
    expect(got).toHaveLength(sent.size);
    expect(Date.now() - at).toBeLessThan(AT_ONCE_MS);
  });

  it("fire each slot of a cron job once", async () => {
    const cron = {
      name: "tick",
      cron: "@every 1s",
      type: "tick",
      args: [],
      overlap_policy: "allow",
      options: { queue },
    };
    await here.send("POST", "/cron", cron);
    const begun = performance.now();
    await expect.poll(async () => (await there.stats(queue)).available).toBeGreaterThanOrEqual(2);
    const { body } = await there.send("POST", "/cron/tick/disable");
    const slots = Math.ceil((performance.now() - begun) / 1_000) + 1;
    const { available } = await here.stats(queue);
    expect(available).toBeLessThanOrEqual(slots);
    expect(body.run_count ?? body.cron_job?.run_count).toBe(available);
  });

  it("go by settings that were changed at the other one", async () => {
    await here.send("PUT", `/queues/${queue}/config`, { default_priority: 7 });
    await expect.poll(async () => (await enqueue(there)).body.job.priority).toBe(7);
  });

  it("take over a lease when its server was killed", async () => {
    await enqueue(here);
    const { body } = await here.fetch({ queues: [queue], count: 1, worker_id: "w", visibility_timeout_ms: 2_000 });
    await delay(500); // a server that dies before it could tell of the lease is not missed for 15 seconds
    const waiting = wait(there);
    await servers[0]?.kill();
    const fetched = await waiting;
    expect(fetched.body.jobs[0]).toMatchObject({ id: body.jobs[0].id, attempt: 2 });
    expect(fetched.at - Date.parse(body.jobs[0].started_at)).toBeLessThan(2_000 + AT_ONCE_MS);
  });
});

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
