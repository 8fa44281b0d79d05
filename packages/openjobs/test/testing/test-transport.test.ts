/** A scripted network as applications test with it: what it answers, what it remembers, and what it says was there instead. */
import { OjsClient, OjsRateLimitError, OjsWorker } from "openjobs";
import { OjsAdmin } from "openjobs/admin";
import {
  buildJob,
  createTestOjs,
  createTestTransport,
  reply,
  TestClock,
  type TestTransport,
  type TestTransportOptions,
} from "openjobs/testing";
import { describe, expect, it } from "vitest";

interface Bench {
  readonly transport: TestTransport;
  readonly clock: TestClock;
  readonly client: OjsClient;
}

/** A client whose pauses are on the clock of its transport. */
function bench(options: TestTransportOptions = {}): Bench {
  const transport = createTestTransport(options);
  const { clock } = transport;
  return { transport, clock, client: new OjsClient({ transport, coalesce: false }, { clock, random: () => 0.5 }) };
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("a script", () => {
  it("answers by method and path, in its order, and for ever after that", async () => {
    const { client, transport } = bench();
    transport
      .on("GET /ojs/v1/jobs/*")
      .reply(reply.job(buildJob({ id: "first" })), reply.job(buildJob({ id: "second" })))
      .on("/ojs/v1/jobs/special")
      .reply(reply.job(buildJob({ id: "special" })))
      .on("GET")
      .always(reply.job(buildJob({ id: "other" })));
    const ids: string[] = [];
    for (const id of ["a", "special", "special", "b"]) ids.push((await client.getJob(id)).id);
    expect(ids).toEqual(["first", "second", "special", "other"]);
    transport.assertPlayed();
  });

  it("answers by what is in the request", async () => {
    const { client, transport } = bench();
    transport
      .on("POST /ojs/v1/jobs", { body: { type: "email.send" } })
      .reply(reply.error("queue_full", { status: 429 }));
    transport.on("POST").always(reply.with(({ body }) => reply.json({ job: { ...Object(body), state: "available" } })));
    const other = await client.enqueue("report.build", [2026]);
    expect(other).toMatchObject({ type: "report.build", args: [2026], state: "available" });
    transport.assertSent("POST", { body: { type: "report.build" }, headers: { "content-type": expect.any(String) } });
    expect(() => transport.assertPlayed()).toThrow('POST /ojs/v1/jobs with body {"type":"email.send"}: 1 more');
  });

  it("refuses what it says nothing about, with what to write, and no client tries that again", async () => {
    const { client, transport } = bench();
    const error = await failure(client.listQueues());
    expect(error).toMatchObject({ code: "unscripted", status: 501, attempts: 1 });
    expect(error).toMatchObject({ hint: expect.stringContaining('transport.on("GET /ojs/v1/queues").reply(') });
    transport.assertSent("GET /ojs/v1/queues", { count: 1 });
  });

  it.each(["", "get /ojs/v1/jobs", "POST jobs", "POST /ojs/v1/jobs?limit=1", "POST  /ojs/v1/jobs", "* GET"])(
    "is refused for %j, which names no request",
    (text) => {
      expect(() => createTestTransport().on(text)).toThrow(expect.objectContaining({ details: { field: "request" } }));
    },
  );
});

describe("a reply", () => {
  it("is an error of the server by its code, and the client waits as long as it says", async () => {
    const { client, transport, clock } = bench();
    transport
      .on("POST /ojs/v1/jobs")
      .reply(reply.error("rate_limited", { retryAfter: "1500ms" }), reply.job(buildJob({ type: "a" })));
    const sending = client.enqueue("a");
    await clock.advance("2s");
    transport.assertSent("POST /ojs/v1/jobs", { count: 1 });
    await clock.advance("100ms");
    await sending;
    expect(transport.requests.map(({ outcome }) => outcome)).toEqual([429, 200]);
    const [first, second] = transport.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(2_100);
  });

  it("has the class, the status and the facts of its code", async () => {
    const { client, transport } = bench();
    const error = reply.error("rate_limited", { message: "slow down", details: { limit: 7 }, hint: "wait" });
    transport.on("GET").always(error);
    const got = await failure(new OjsClient({ transport, retry: false }).getJob("a"));
    expect(got).toBeInstanceOf(OjsRateLimitError);
    expect(got).toMatchObject({
      status: 429,
      message: "slow down",
      details: { limit: 7 },
      hint: "wait",
      retryable: true,
    });
    transport.clear();
    transport.on("GET").always(reply.error("teapot", { status: 418 }));
    expect(await failure(client.getJob("a"))).toMatchObject({ code: "teapot", status: 418 });
    expect(() => reply.error("timeout")).toThrow("No server answers timeout.");
  });

  it("is lost: the request never came, or only its answer was", async () => {
    await using ojs = await createTestOjs();
    const { client, transport } = bench({ server: ojs.transport, clock: ojs.clock });
    transport.on("POST /ojs/v1/jobs").reply(reply.lost());
    const once = client.enqueue("a");
    await ojs.advance(0);
    ojs.refuteEnqueued("a");
    await ojs.advance("1s");
    await once;
    transport.on("POST /ojs/v1/jobs").reply(reply.lost({ delivered: true, message: "reset by peer" }));
    const twice = client.enqueue("b");
    await ojs.advance("1s");
    await twice;
    ojs.assertEnqueued("b", { count: 1 });
    expect(transport.requests.map(({ outcome }) => outcome)).toEqual(["lost", 201, "lost", 200]);
  });

  it("is nonsense, or nothing at all", async () => {
    const { client, transport, clock } = bench();
    transport
      .on("GET")
      .reply(
        reply.text('{"job":{"id"'),
        reply.text("<h1>Sign in</h1>", { status: 200, headers: { "content-type": "text/html" } }),
      )
      .on("GET")
      .always(reply.silence());
    expect(await failure(client.getJob("a"))).toMatchObject({ code: "invalid_response" });
    expect(await failure(client.getJob("a"))).toMatchObject({ details: { excerpt: "<h1>Sign in</h1>" } });
    const silent = failure(client.getJob("a", { timeout: "5s", totalTimeout: "5s" }));
    await clock.advance("5s");
    expect(await silent).toMatchObject({ code: "timeout" });
    transport.assertSent("GET", { where: ({ outcome }) => outcome === "lost", count: 1 });
  });

  it("comes when its time has come on the held clock", async () => {
    const { client, transport, clock } = bench();
    transport.on("GET").reply(reply.after("10s", reply.job(buildJob({ id: "late" }))));
    const asking = client.getJob("late");
    await clock.advance("9s");
    expect(transport.requests[0]?.outcome).toBe("waiting");
    await clock.advance("1s");
    expect((await asking).id).toBe("late");
    transport.on("GET").reply(reply.after("1m", reply.job(buildJob())));
    const impatient = failure(client.getJob("late", { timeout: "1s", totalTimeout: "1s" }));
    await clock.advance("1m");
    expect(await impatient).toMatchObject({ code: "timeout" });
  });

  it("is a job that was built, with everything that it has", async () => {
    const { client, transport } = bench();
    const built = buildJob({ type: "a", args: [{ maxSize: 1 }], state: "retryable", meta: { userId: 7 }, tags: ["t"] });
    transport.on("GET").reply(reply.job(built));
    expect(await client.getJob(built.id)).toEqual(built);
  });

  it("cannot pass on what nobody is behind", async () => {
    const { client, transport } = bench();
    transport.on("GET").always(reply.pass());
    expect(await failure(client.getJob("a", { totalTimeout: "1ms" }))).toMatchObject({
      message: expect.stringContaining("need a server behind the script"),
    });
  });
});

describe("an outage", () => {
  it("loses everything until it is over", async () => {
    await using ojs = await createTestOjs();
    const { client, transport } = bench({ server: ojs.transport, clock: ojs.clock });
    transport.disconnect();
    const sending = client.enqueue("a");
    await ojs.advance(0);
    transport.assertSent("POST", { where: ({ outcome }) => outcome === "lost", count: 1 });
    transport.reconnect();
    await ojs.advance("1s");
    await sending;
    ojs.assertEnqueued("a", { count: 1 });
  });
});

describe("whoever takes a transport", () => {
  it("gets it: a worker runs the job of a script and reports its outcome", async () => {
    const clock = new TestClock(0);
    const transport = createTestTransport({ clock });
    const job = buildJob({ type: "email.send", args: { to: "ada@example.com" }, state: "active" });
    transport.on("POST /ojs/v1/workers/fetch").reply(reply.jobs(job));
    transport.on("POST /ojs/v1/workers/fetch").always(reply.silence());
    transport.on("POST /ojs/v1/workers/ack").reply(reply.error("backend_error"), reply.json({ acknowledged: true }));
    transport.on("POST /ojs/v1/workers/heartbeat").always(reply.json({ state: "running" }));
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    const worker = new OjsWorker({ transport, handleSignals: false, exchange: false, logger: quiet }, { clock });
    worker.register("email.send", ({ arg }) => `sent to ${arg("to")}`);
    await worker.start();
    await clock.advance("10s");
    transport.assertSent("POST /ojs/v1/workers/ack", {
      body: { job_id: job.id, result: "sent to ada@example.com" },
      count: 2,
    });
    const stopping = worker.stop({ grace: 0 });
    await clock.advance("1s");
    await stopping;
  });

  it("gets it: an operator", async () => {
    const { transport } = bench();
    transport.on("GET /ojs/v1/admin/stats").reply(reply.error("forbidden"));
    expect(await failure(new OjsAdmin({ transport }).stats())).toMatchObject({ status: 403 });
  });

  it("gets it: a reader of live events, scripted or passed on", async () => {
    await using ojs = await createTestOjs();
    const transport = createTestTransport({ server: ojs.transport });
    const event = { job_id: "a", queue: "q", type: "t", from: "available", to: "active" };
    const stream = `id: 1\nevent: job.state_changed\ndata: ${JSON.stringify(event)}\n\n`;
    transport
      .on("GET /ojs/v1/events/stream")
      .reply(reply.text(stream, { headers: { "content-type": "text/event-stream" } }));
    const client = new OjsClient({ transport });
    for await (const seen of client.subscribe()) {
      expect(seen).toMatchObject({ kind: "state", jobId: "a", to: "active" });
      break;
    }
    const job = await client.enqueue("a");
    await client.cancelJob(job.id);
    for await (const seen of client.subscribeJob(job.id)) expect(seen).toMatchObject({ to: "cancelled" });
  });
});

describe("an assertion about requests", () => {
  it("says what was sent instead", async () => {
    const { client, transport } = bench();
    transport.on("POST").always(reply.error("invalid_request"));
    expect(() => transport.assertSent("*")).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected a request to be sent: *; found 0.
      No request was sent.]
    `);
    await failure(client.enqueue("a", [1], { id: "019b76da-a800-7000-8000-000000000001" }));
    await failure(client.listDeadLetterJobs({ limit: 5 }));
    const body = { type: "b" };
    expect(() => transport.assertSent("POST /ojs/v1/jobs", { body })).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected a request to be sent: POST /ojs/v1/jobs with body {"type":"b"}; found 0.
      These requests were sent:
        POST /ojs/v1/jobs {"id":"019b76da-a800-7000-8000-000000000001","type":"a","args":[1]} → 400 ← has another body
        GET /ojs/v1/dead-letter?limit=5 → 501 ← is another request]
    `);
    expect(() => transport.assertSent("GET", { count: 2 })).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected 2 requests to be sent: GET; found 1.
      These requests were sent:
        POST /ojs/v1/jobs {"id":"019b76da-a800-7000-8000-000000000001","type":"a","args":[1]} → 400 ← is another request
        GET /ojs/v1/dead-letter?limit=5 → 501]
    `);
    expect(() => transport.refuteSent("POST", { where: () => true })).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected no request to be sent: POST that where() accepts; found 1.
      These requests were sent:
        POST /ojs/v1/jobs {"id":"019b76da-a800-7000-8000-000000000001","type":"a","args":[1]} → 400]
    `);
    transport.refuteSent("DELETE");
    transport.clear();
    expect(transport.requests).toEqual([]);
    transport.refuteSent("*");
  });
});
