import { describe, expect, it } from "vitest";
import { type ClientOptions, OjsClient } from "../../../src/client/client.ts";
import type { LiveEvent } from "../../../src/client/live/live-event.ts";
import type { LiveEvents } from "../../../src/client/live/subscription.ts";
import { ManualClock, turn } from "../manual-clock.ts";
import { answer, refusal, ScriptedTransport } from "../scripted-transport.ts";
import { StreamingTransport } from "./scripted-streams.ts";

const ID = "019b7000-0000-7000-8000-000000000001";

function start(options: ClientOptions = {}) {
  const transport = new StreamingTransport();
  const clock = new ManualClock();
  const client = new OjsClient({ transport, ...options }, { clock, random: () => 0.5 });
  return { transport, clock, client };
}

async function next(events: LiveEvents): Promise<LiveEvent> {
  const { done, value } = await events.next();
  if (done) throw new Error("there are no more events");
  return value;
}

/** The rest, in short. */
async function rest(events: LiveEvents): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of events) types.push(type);
  return types;
}

/** Lets the client notice what happened and come back. */
async function comeBack({ transport, clock }: Pick<ReturnType<typeof start>, "transport" | "clock">): Promise<number> {
  const before = transport.streams.length;
  const began = clock.now();
  while (transport.streams.length === before) {
    await turn();
    if (transport.streams.length === before && clock.pending > 0) clock.next();
    await turn();
  }
  return clock.now() - began;
}

describe("a subscription", () => {
  it("asks for channels and filters, in the way of an event stream", async () => {
    const { transport, client } = start({ apiKey: "k" });
    const events = client.subscribe({
      channels: ["queue:a", "job:1"],
      types: ["job.*"],
      queues: ["a"],
      jobTypes: ["t"],
    });
    await events.ready();
    const { path, headers } = transport.last.request;
    expect(path).toBe("/ojs/v1/events/stream?channel=queue%3Aa%2Cjob%3A1&event_types=job.*&queues=a&job_types=t");
    expect(headers).toMatchObject({ accept: "text/event-stream", authorization: "Bearer k", "ojs-version": "1.0" });
    expect(headers["last-event-id"]).toBeUndefined();
    await client.subscribe().ready();
    expect(transport.last.request.path).toBe("/ojs/v1/events/stream?channel=all");
    await client.subscribeQueue("a/b", { after: "x.1" }).ready();
    expect(transport.last.request.path).toBe("/ojs/v1/queues/a%2Fb/events");
    expect(transport.last.lastEventId).toBe("x.1");
  });

  it("tells kinds of events apart", async () => {
    const { transport, client } = start();
    const events = client.subscribe();
    await events.ready();
    transport.last.moved("1", ID, "completed");
    transport.last.event("2", "job.progress", {
      job_id: ID,
      job_type: "t",
      queue: "q",
      progress: 5,
      timestamp: "then",
    });
    transport.last.event("3", "workflow.completed", { workflow_id: "w" });
    transport.last.event("4", "queue.paused", { queue: "q" });
    transport.last.event("5", "worker.started", { worker_id: "w1" });
    transport.last.event("6", "cron.triggered", { cron_name: "c" });
    transport.last.event("7", "bulk.cancel.completed", {});
    transport.last.event("8", "server.shutdown", {});
    transport.last.event("9", "job.strange", {});
    expect(await next(events)).toEqual({
      kind: "state",
      type: "job.state_changed",
      id: "1",
      at: "now",
      jobId: ID,
      queue: "q",
      jobType: "t",
      from: "active",
      to: "completed",
      data: { job_id: ID, queue: "q", type: "t", from: "active", to: "completed", timestamp: "now" },
    });
    expect(await next(events)).toMatchObject({ kind: "job", jobId: ID, jobType: "t", queue: "q", at: "then" });
    expect(await next(events)).toMatchObject({ kind: "workflow", workflowId: "w", at: "" });
    expect(await next(events)).toMatchObject({ kind: "queue", queue: "q" });
    expect(await next(events)).toMatchObject({ kind: "worker", workerId: "w1" });
    expect(await next(events)).toMatchObject({ kind: "cron", cronName: "c" });
    expect(await next(events)).toMatchObject({ kind: "other", type: "bulk.cancel.completed" });
    expect(await next(events)).toMatchObject({ kind: "other", type: "job.strange" });
    await events.close();
  });

  it("tells of everything that is missing", async () => {
    const { transport, client } = start();
    const events = client.subscribe({ types: ["job.failed"] });
    await events.ready();
    transport.last.event("1", "system.gap", { estimated_missed_count: 7 });
    transport.last.event("2", "system.events_dropped", { dropped_count: 3 });
    transport.last.send("id: 3\nevent: job.failed\ndata: {\n\n");
    expect(await next(events)).toMatchObject({ kind: "gap", reason: "forgotten", missed: 7 });
    expect(await next(events)).toMatchObject({ kind: "gap", reason: "slow", missed: 3 });
    expect(await next(events)).toMatchObject({
      kind: "gap",
      reason: "unreadable",
      id: "3",
      data: { type: "job.failed" },
    });
    await events.close();
  });

  it("comes back when the connection breaks, with the last id, after a part of the server's time", async () => {
    const test = start();
    const events = test.client.subscribe();
    await events.ready();
    test.transport.last.send("retry: 1000\n\n");
    test.transport.last.event("a.1", "queue.paused", { queue: "q" });
    await next(events);
    test.transport.last.break();
    const coming = events.next();
    expect(await comeBack(test)).toBe(500);
    expect(test.transport.last.lastEventId).toBe("a.1");
    test.transport.last.event("a.2", "queue.resumed", { queue: "q" });
    expect((await coming).value).toMatchObject({ type: "queue.resumed" });
    await events.close();
  });

  it("comes back without a gap when the server has only said where the stream begins", async () => {
    const test = start();
    const events = test.client.subscribe();
    await events.ready();
    test.transport.last.send("id: a.0\nretry: 1000\n\n");
    test.transport.last.end();
    await comeBack(test);
    expect(test.transport.last.lastEventId).toBe("a.0");
    test.transport.last.event("a.1", "queue.paused", { queue: "q" });
    expect(await next(events)).toMatchObject({ type: "queue.paused" });
    await events.close();
  });

  it("says that there is a gap when nobody can tell where to go on", async () => {
    const test = start();
    const events = test.client.subscribe();
    await events.ready();
    test.transport.last.end();
    await comeBack(test);
    expect(await next(events)).toMatchObject({ kind: "gap", type: "client.gap", reason: "reconnected" });
    await events.close();
  });

  it("waits longer with each failure, up to half a minute, and is patient", async () => {
    const test = start();
    const events = test.client.subscribe();
    await events.ready();
    test.transport.refusals.push(
      ...Array.from({ length: 5 }, () => new Error("refused")),
      refusal(503, "backend_error"),
    );
    test.transport.last.break();
    // 1.5 + 3 + 6 + 12 + 15 + 15 and 15 s: half of 3, 6, 12, 24 and at most 30 s.
    expect(await comeBack(test)).toBe(67_500);
    await events.close();
  });

  it("takes a connection for dead on which nothing comes, comments are something", async () => {
    const { transport, clock, client } = start();
    const events = client.subscribe();
    await events.ready();
    const first = transport.last;
    const coming = events.next();
    for (let beats = 0; beats < 3; beats += 1) {
      first.send(":heartbeat\n\n");
      await turn();
    }
    expect(transport.streams).toHaveLength(1);
    clock.next();
    await turn();
    expect(first.isLeft).toBe(true);
    clock.next();
    await turn();
    expect(transport.streams).toHaveLength(2);
    await events.close();
    expect((await coming).value).toMatchObject({ kind: "gap" });
  });

  it("gives up on a head that does not come in time, and tries again", async () => {
    const { transport, clock, client } = start({ timeout: "1s" });
    transport.refusals.push("never");
    const events = client.subscribe();
    await turn();
    await turn();
    await clock.until(events.ready());
    expect(transport.streams).toHaveLength(1);
    await events.close();
  });

  it.each([
    [401, "unauthorized", "OjsAuthError"],
    [404, "not_found", "OjsNotFoundError"],
    [422, "unsupported", "OjsValidationError"],
    [500, "internal_error", "OjsBackendError"],
  ])("ends with the server's error, as %i is", async (status, code, name) => {
    const { transport, client } = start();
    transport.refusals.push(refusal(status, code));
    const events = client.subscribeJob(ID);
    await expect(events.ready()).rejects.toMatchObject({ code });
    await expect(events.next()).rejects.toMatchObject({ name, code, operation: "subscribeJob", jobId: ID });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it("does not take a page of a proxy for a stream", async () => {
    const { transport, client } = start();
    transport.refusals.push(answer(200, "<html>", { "content-type": "text/html" }));
    await expect(client.subscribe().next()).rejects.toMatchObject({ code: "invalid_response", status: 200 });
  });

  it("says what to do when the transport carries no streams", async () => {
    const client = new OjsClient({ transport: new ScriptedTransport(answer(200, {})) });
    await expect(client.subscribe().next()).rejects.toMatchObject({ code: "unsupported", hint: /`stream`/ });
  });

  it("refuses what no job can be called, before anything is sent", async () => {
    const { client, transport } = start();
    await expect(client.subscribeJob("..").next()).rejects.toMatchObject({ code: "invalid_request" });
    expect([...transport.streams, ...transport.calls]).toEqual([]);
  });

  it("is closed by leaving the loop, by close and by the end of the block", async () => {
    const { transport, client } = start();
    for (const leave of [
      async (events: LiveEvents) => {
        for await (const _event of events) break;
      },
      (events: LiveEvents) => events.close(),
      async (events: LiveEvents) => {
        await using _events = events;
      },
    ]) {
      const events = client.subscribe();
      await events.ready();
      transport.last.event("1", "queue.paused", { queue: "q" });
      await leave(events);
      expect(transport.open).toHaveLength(0);
      expect(await events.next()).toEqual({ done: true, value: undefined });
    }
  });

  it("ends a loop that waits when it is closed, and with an error when its signal is aborted", async () => {
    const { transport, client } = start();
    const closed = client.subscribe();
    await closed.ready();
    const waiting = rest(closed);
    await closed.close();
    expect(await waiting).toEqual([]);
    const caller = new AbortController();
    const stopped = client.subscribe({ signal: caller.signal });
    await stopped.ready();
    const other = rest(stopped);
    const reason = new Error("enough");
    caller.abort(reason);
    await expect(other).rejects.toMatchObject({ code: "aborted", cause: reason });
    expect(transport.open).toHaveLength(0);
    await expect(client.subscribe({ signal: caller.signal }).next()).rejects.toMatchObject({ code: "aborted" });
    expect(transport.streams).toHaveLength(2);
  });
});

describe("a subscription to a job", () => {
  it("ends with the job, also at servers that do not end the stream", async () => {
    const { transport, client } = start();
    const events = client.subscribeJob(ID);
    await events.ready();
    transport.last.moved("1", ID, "active", "available");
    transport.last.event("2", "job.completed", { job_id: ID });
    transport.last.moved("3", ID, "completed");
    expect(await rest(events)).toEqual(["job.state_changed", "job.completed", "job.state_changed"]);
    expect(transport.open).toHaveLength(0);
  });

  it("has nothing to tell of a job that the server has told the end of", async () => {
    const { transport, client } = start();
    transport.refusals.push(answer(204, ""));
    const events = client.subscribeJob(ID, { after: "a.1" });
    await events.ready();
    expect(await rest(events)).toEqual([]);
  });

  it.each([
    ["it has ended, whatever the filter shows", answer(200, { job: { id: ID, type: "t", state: "discarded" } })],
    ["it is gone", refusal(404, "not_found")],
  ])("ends with the server's stream when %s", async (_, response) => {
    const { transport, client } = start();
    transport.respond = () => response;
    const events = client.subscribeJob(ID, { types: ["job.progress"] });
    await events.ready();
    transport.last.end();
    expect(await rest(events)).toEqual([]);
    expect(transport.calls).toMatchObject([{ path: `/ojs/v1/jobs/${ID}` }]);
  });

  it("goes on when the stream ends before the job does", async () => {
    const test = start();
    test.transport.respond = () => answer(200, { job: { id: ID, type: "t", state: "active" } });
    const events = test.client.subscribeJob(ID);
    await events.ready();
    test.transport.last.moved("a.1", ID, "active", "available");
    await next(events);
    const coming = rest(events);
    test.transport.last.end();
    await comeBack(test);
    test.transport.last.moved("a.2", ID, "completed");
    expect(await coming).toEqual(["job.state_changed"]);
  });
});
