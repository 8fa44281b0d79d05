/** Events of defined jobs: which are asked for, which are passed on, and what `is` says of them. */
import { describe, expect, it } from "vitest";
import { OjsClient } from "../../../src/client/client.ts";
import type { LiveEvent } from "../../../src/client/live/live-event.ts";
import { defineJob } from "../../../src/core/definition/define-job.ts";
import { createServer, type OjsServer } from "../../../src/server/index.ts";
import { memory } from "../../../src/storage/memory/index.ts";
import { OjsWorker } from "../../../src/worker/worker.ts";
import { answer } from "../scripted-transport.ts";
import { StreamingTransport } from "./scripted-streams.ts";

const ID = "019b7000-0000-7000-8000-000000000001";

const sendEmail = defineJob<[to: string], { messageId: string }>("email.send", { queue: "email" });
const buildReport = defineJob<{ year: number }, { url: string }>("report.build");

interface Real {
  readonly server: OjsServer;
  readonly client: OjsClient;
  readonly worker: OjsWorker;
}

async function withServer(use: (real: Real) => Promise<void>): Promise<void> {
  const server = await createServer({ storage: memory() });
  const { transport } = server;
  const worker = new OjsWorker({ transport, queues: ["default", "email"], handleSignals: false });
  worker.register(sendEmail, ({ args: [to] }) => ({ messageId: `to ${to}` }));
  worker.register(buildReport, ({ args: [{ year }] }) => ({ url: `/${year}` }));
  worker.register("other", () => "nothing of interest");
  try {
    await use({ server, client: new OjsClient({ transport }), worker });
  } finally {
    await worker.stop();
    await server.close({ graceMs: 0 });
  }
}

describe("a subscription to definitions", () => {
  it("tells the events of their jobs, and each definition knows its own", () =>
    withServer(async ({ client, worker }) => {
      await using events = client.subscribe({ jobs: [sendEmail, buildReport], types: ["job.completed"] });
      await events.ready();
      await client.enqueue("other");
      await client.enqueue(sendEmail, ["ada"]);
      await worker.start();
      const { value: first } = await events.next();
      if (first === undefined || !sendEmail.is(first) || first.kind !== "job") throw new Error("not that event");
      expect([first.jobType, first.queue, first.data.result?.messageId]).toEqual(["email.send", "email", "to ada"]);
      expect(buildReport.is(first)).toBe(false);
      await client.enqueue("other");
      await client.enqueue(buildReport, { year: 2026 });
      const { value: second } = await events.next();
      if (second === undefined || !buildReport.is(second) || second.kind !== "job") throw new Error("not that event");
      expect(second.data.result?.url).toBe("/2026");
    }));

  it("tells moves of their jobs in one queue", () =>
    withServer(async ({ client }) => {
      await using events = client.subscribeQueue("email", { jobs: [sendEmail], types: ["job.state_changed"] });
      await events.ready();
      await client.cancelJob((await client.enqueue("other", [], { queue: "email" })).id);
      await client.cancelJob((await client.enqueue(buildReport, { year: 1 })).id);
      const mail = await client.enqueue(sendEmail, ["ada"]);
      await client.cancelJob(mail.id);
      const { value: event } = await events.next();
      expect(event).toMatchObject({ kind: "state", jobId: mail.id, from: "available", to: "cancelled" });
      expect(event !== undefined && sendEmail.is(event)).toBe(true);
    }));

  it("asks the server for their types, and passes nothing else on but gaps if it sends more", async () => {
    const transport = new StreamingTransport();
    const client = new OjsClient({ transport });
    const events = client.subscribe({ jobs: [sendEmail, buildReport] });
    await events.ready();
    expect(transport.last.request.path).toBe("/ojs/v1/events/stream?channel=all&job_types=email.send%2Creport.build");
    transport.last.event("1", "job.completed", { job_id: ID, job_type: "other", result: 1 });
    transport.last.event("2", "job.completed", { job_id: ID, result: 1 });
    transport.last.event("3", "workflow.completed", { workflow_id: ID });
    transport.last.event("4", "system.gap", {});
    transport.last.moved("5", ID, "completed");
    transport.last.event("6", "job.completed", { job_id: ID, job_type: "report.build", result: { url: "/" } });
    const told: LiveEvent[] = [];
    for await (const event of events) if (told.push(event) === 2) break;
    expect(told.map(({ id }) => id)).toEqual(["4", "6"]);
  });

  it("to none of them tells gaps only", async () => {
    const transport = new StreamingTransport();
    const events = new OjsClient({ transport }).subscribeQueue("q", { jobs: [] });
    await events.ready();
    transport.last.moved("1", ID, "active");
    transport.last.event("2", "system.gap", {});
    expect((await events.next()).value).toMatchObject({ id: "2", kind: "gap" });
    await events.close();
  });
});

describe("a subscription to one job", () => {
  it("takes the job, or its definition and its id", () =>
    withServer(async ({ client, worker }) => {
      const job = await client.enqueue(buildReport, { year: 7 });
      const both = [client.subscribeJob(job), client.subscribeJob(buildReport, job.id)] as const;
      await Promise.all(both.map((events) => events.ready()));
      await worker.start();
      for (const events of both) {
        const urls: (string | undefined)[] = [];
        for await (const event of events) {
          if (event.kind === "job" && event.type === "job.completed") urls.push(event.data.result?.url);
        }
        expect(urls).toEqual(["/7"]);
      }
    }));

  it("is refused for a job of another type, before anything is listened to", async () => {
    const transport = new StreamingTransport();
    transport.respond = () => answer(200, { job: { id: ID, type: "email.send" } });
    const events = new OjsClient({ transport, retry: false }).subscribeJob(buildReport, ID);
    await expect(events.ready()).rejects.toMatchObject({
      name: "OjsValidationError",
      operation: "subscribeJob",
      jobId: ID,
      details: { expected: "report.build", actual: "email.send" },
    });
    await expect(events.next()).rejects.toMatchObject({ code: "invalid_request" });
    expect(transport.streams).toEqual([]);
  });

  it("ends with its caller while its job is looked at", async () => {
    const transport = new StreamingTransport();
    transport.request = () => new Promise(() => undefined);
    const events = new OjsClient({ transport }).subscribeJob(buildReport, ID);
    const next = events.next();
    await events.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
