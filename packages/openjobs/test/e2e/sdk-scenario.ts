/**
 * What an application and a worker do with an official SDK in twelve steps, in the bytes of that SDK (sdk-wire-contract §1–§2,
 * §5, §7) over a real port. Every answer has to be one that the SDK reads; the speaker also holds it up to the strictest of them.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import type { Wire } from "../support/raw-ojs.ts";
import type { Dialect } from "./sdk-dialects/dialect.ts";
import { type SpokenAnswer, speakTo } from "./sdk-speaker.ts";
import { subscribeTo } from "./sdk-subscription.ts";

/** A storage for one server, which closes it. */
export interface ScenarioStorage extends AsyncDisposable {
  readonly storage: Storage;
}

/** Registers the scenario for these dialects, all of them at one server on this storage. */
export function describeScenario(
  name: string,
  open: () => Promise<ScenarioStorage>,
  dialects: readonly Dialect[],
): void {
  describe(`on ${name}`, () => {
    let place: ScenarioStorage;
    let server: OjsServer;
    let port = 0;

    beforeAll(async () => {
      place = await open();
      server = await createServer({ storage: place.storage, apiKey: "T" });
      ({ port } = await server.listen(0));
    });

    afterAll(async () => {
      await server?.close({ graceMs: 0 });
      await place?.[Symbol.asyncDispose]();
    });

    describe.each(dialects)("the $name SDK", (dialect) => steps(dialect, () => port));
  });
}

/** Each step goes on from those before it. */
function steps(dialect: Dialect, port: () => number): void {
  const { bodies, paths, reads } = dialect;
  const queue = `${dialect.name.toLowerCase().replaceAll(" ", "-")}-queue`;
  const speak = speakTo(port, dialect.headers);
  const jobs: string[] = [];

  async function send(method: string, path: string, body?: string): Promise<SpokenAnswer> {
    const answer = await speak(method, `/ojs/v1${path}`, body);
    dialect.accepts(answer);
    return answer;
  }

  const get = async (id: string | undefined): Promise<Wire> => reads.job((await send("GET", `/jobs/${id}`)).body);

  /** As many fetches as this SDK needs. */
  async function fetched(): Promise<readonly Wire[]> {
    const { status, body } = await send("POST", "/workers/fetch", bodies.fetch(queue));
    expect(status).toBe(200);
    return body.jobs.length === 0 ? [] : [...body.jobs, ...(await fetched())];
  }

  const waiting = async (): Promise<unknown> =>
    reads.stats((await send("GET", paths.queue(queue, "stats"))).body).available;

  it("1. enqueues a job, once an operator has said that failures of its queue are kept", async () => {
    // The JavaScript and Go SDKs cannot say it about a job.
    const config = '{"default_retry":{"max_attempts":1,"on_exhaustion":"dead_letter"}}';
    await speak("PUT", `/ojs/v1/queues/${queue}/config`, config);
    const { status, headers, body } = await send("POST", "/jobs", bodies.enqueue(queue));
    const { id, state } = reads.created(body);
    expect([status, state, headers.location]).toEqual([201, "available", `/ojs/v1/jobs/${id}`]);
    expect(await get(id)).toMatchObject({ id, state: "available", queue, attempt: 0 });
    jobs.push(id);
  });

  it("2. enqueues a batch", async () => {
    const { status, body } = await send("POST", "/jobs/batch", bodies.batch(queue));
    expect([status, body.count, body.jobs.length]).toEqual([201, 2, 2]);
    jobs.push(...body.jobs.map(({ id }: Wire) => id));
    expect(await waiting()).toBe(3);
  });

  it("3. fetches them, the one with the highest priority first, then in their order", async () => {
    const found = await fetched();
    expect(found.map(({ id }) => id)).toEqual(jobs);
    for (const job of found) expect(job).toMatchObject({ state: "active", attempt: 1, args: expect.any(Array) });
    expect(await waiting()).toBe(0);
  });

  it("4. acks one, which keeps its result", async () => {
    const { status, body } = await send("POST", "/workers/ack", bodies.ack(jobs[0] ?? ""));
    expect([status, body]).toEqual([200, expect.objectContaining({ acknowledged: true, id: jobs[0] })]);
    const { result } = JSON.parse(bodies.ack(""));
    expect(await get(jobs[0])).toMatchObject({ state: "completed", result });
  });

  it("5. nacks one, which remembers why", async () => {
    const { status, body } = await send("POST", "/workers/nack", bodies.nack(jobs[1] ?? ""));
    expect([status, body]).toEqual([200, expect.objectContaining({ id: jobs[1], state: "discarded", attempt: 1 })]);
    const failed = await get(jobs[1]);
    expect(failed.error).toMatchObject({ code: "handler_error", message: "it broke" });
    expect(failed.errors).toHaveLength(1);
  });

  it("6. beats for what it still holds", async () => {
    const { status, body } = await send("POST", "/workers/heartbeat", bodies.heartbeat(jobs.slice(2)));
    expect([status, body.state, body.jobs_extended]).toEqual([200, "running", jobs.slice(2)]);
  });

  it("7. cancels that, while it runs", async () => {
    const { status, body } = await send("DELETE", `/jobs/${jobs[2]}`);
    expect([status, reads.job(body).id, reads.job(body).state]).toEqual([200, jobs[2], "cancelled"]);
    expect((await send("POST", "/workers/ack", bodies.ack(jobs[2] ?? ""))).status).toBe(409);
  });

  it("8. runs a workflow step by step, and cancels another one", async () => {
    const created = await send("POST", "/workflows", bodies.workflow(queue));
    const { id, state } = reads.workflow(created.body);
    expect([created.status, state]).toEqual([201, "running"]);
    for (let step = 0; step < 2; step += 1) {
      const [job, ...others] = await fetched();
      expect([job?.meta.workflow_id, others]).toEqual([id, []]);
      await send("POST", "/workers/ack", bodies.ack(job?.id));
    }
    expect(reads.workflow((await send("GET", `/workflows/${id}`)).body)).toMatchObject({ id, state: "completed" });

    const other = reads.workflow((await send("POST", "/workflows", bodies.workflow(queue))).body);
    const cancelled = await send("DELETE", `/workflows/${other.id}`);
    expect([cancelled.status, reads.workflow(cancelled.body).state]).toEqual([200, "cancelled"]);
    expect(await fetched()).toEqual([]);
  });

  it("9. registers a recurring job, finds and removes it", async () => {
    const name = `daily-${queue}`;
    const sent = JSON.parse(bodies.cron(name));
    const { status, body } = await send("POST", "/cron", bodies.cron(name));
    const args = [sent.args].flat();
    expect([status, reads.cron(body)]).toEqual([201, expect.objectContaining({ name, cron: sent.cron, args })]);
    const listed = (await send("GET", "/cron")).body.cron_jobs;
    expect(listed).toContainEqual(expect.objectContaining({ name, cron: sent.cron, type: sent.type, args }));
    expect((await send("DELETE", paths.cron(name))).status).toBe(200);
    expect((await send("GET", "/cron")).body.cron_jobs).not.toContainEqual(expect.objectContaining({ name }));
  });

  it("10. looks at its queue, pauses and resumes it", async () => {
    const { body } = await send("GET", paths.queue(queue, "stats"));
    expect(reads.stats(body)).toEqual({ queue, available: 0 });
    expect(body.stats).toMatchObject({ completed_last_hour: 3, failed_last_hour: 1 });
    await send("POST", "/jobs", bodies.enqueue(queue));
    expect((await send("POST", paths.queue(queue, "pause"))).status).toBe(200);
    expect(await fetched()).toEqual([]);
    const { queues } = (await send("GET", "/queues")).body;
    expect(queues).toContainEqual(expect.objectContaining({ name: queue, status: "paused", paused: true }));
    expect((await send("POST", paths.queue(queue, "resume"))).status).toBe(200);
    const [job] = await fetched();
    await send("POST", "/workers/ack", bodies.ack(job?.id));
  });

  it("11. finds its failure among the dead letters, tries it again, and drops it", async () => {
    const letters = async (): Promise<readonly string[]> =>
      (await send("GET", paths.deadLetters(queue))).body.jobs.map(({ id }: Wire) => id);
    expect(await letters()).toEqual([jobs[1]]);
    expect((await send("POST", `/dead-letter/${jobs[1]}/retry`)).status).toBe(200);
    expect([await letters(), await waiting()]).toEqual([[], 1]);
    const [again] = await fetched();
    expect(again).toMatchObject({ id: jobs[1], attempt: 1 });
    await send("POST", "/workers/nack", bodies.nack(jobs[1] ?? ""));
    expect(await letters()).toEqual([jobs[1]]);
    expect((await send("DELETE", `/dead-letter/${jobs[1]}`)).status).toBe(200);
    expect(await letters()).toEqual([]);
  });

  const { subscription } = dialect;
  if (subscription === undefined) return;
  it("12. listens to a job while it runs", async () => {
    const { id } = reads.created((await send("POST", "/jobs", bodies.enqueue(queue))).body);
    using events = await subscribeTo(port(), `/ojs/v1${subscription.path(id)}`, subscription.headers);
    expect([events.status, events.contentType]).toEqual([200, expect.stringMatching(/^text\/event-stream/)]);
    expect(await fetched()).toHaveLength(1);
    await send("POST", "/workers/ack", bodies.ack(id));
    for (const [from, to] of [
      ["available", "active"],
      ["active", "completed"],
    ]) {
      const { id: position, data } = await events.next("job.state_changed");
      expect(JSON.parse(data)).toMatchObject({ job_id: id, from, to });
      expect(position).not.toBe("");
    }
  });
}
