/** Definitions on the wire: what is sent for them, and that nothing is when the arguments do not fit. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { batch, chain, defineJob, graph, group, type OjsClient, OjsValidationError, step } from "../../src/index.ts";
import { ScriptedTransport } from "./scripted-transport.ts";
import { clientOn, exchange } from "./wire-exchange.ts";

const JOB = { job: { id: "id-1", type: "t", state: "available", args: [] } };

const sendEmail = defineJob<[to: string, template: "welcome" | "reset"]>("email.send", {
  queue: "email",
  retry: { maxAttempts: 5 },
  tags: ["mail"],
});
const resize = defineJob("image.resize", { args: z.object({ url: z.string(), width: z.int().default(100) }) });
const rename = defineJob("user.rename", {
  args: z.object({ name: z.string().refine(async (name) => name !== "taken", "is taken") }),
});

async function sentBy(call: (client: OjsClient) => Promise<unknown>, answer: unknown = JOB): Promise<unknown> {
  const { sent } = await exchange(answer, call);
  return JSON.parse(sent.slice(sent.indexOf("{")));
}

describe("enqueue of a definition", () => {
  it("sends its type and its defaults", async () => {
    expect(await sentBy((client) => client.enqueue(sendEmail, ["ada@example.com", "welcome"]))).toEqual({
      id: "id-1",
      type: "email.send",
      args: ["ada@example.com", "welcome"],
      options: { queue: "email", retry: { max_attempts: 5 }, tags: ["mail"] },
    });
  });

  it("lets each option of the call replace the default, and may say what only a job has", async () => {
    const options = { retry: { initialInterval: "1s" }, priority: 3, id: "own", pending: true } as const;
    expect(await sentBy((client) => client.enqueue(sendEmail, ["ada", "reset"], options))).toMatchObject({
      id: "own",
      options: { queue: "email", retry: { initial_interval: "PT1S" }, priority: 3, pending: true },
    });
  });

  it("sends what was given, not what the schema makes of it: that is done where the job runs", async () => {
    expect(await sentBy((client) => client.enqueue(resize, { url: "a.png" }))).toMatchObject({
      args: [{ url: "a.png" }],
    });
  });

  it("sends what an asynchronous schema accepts", async () => {
    expect(await sentBy((client) => client.enqueue(rename, { name: "Ada" }))).toMatchObject({
      args: [{ name: "Ada" }],
    });
  });

  it("sends no arguments where there are none", async () => {
    expect(await sentBy((client) => client.enqueue(defineJob("cache.clear")))).toEqual({
      id: "id-1",
      type: "cache.clear",
      args: [],
    });
  });
});

describe("other requests with defined jobs", () => {
  it("sends a batch", async () => {
    const jobs = [sendEmail.with(["ada", "reset"], { queue: "urgent" }), resize.with({ url: "a.png" })];
    const body = await sentBy((client) => client.enqueueBatch(jobs), { jobs: [JOB.job, JOB.job] });
    expect(body).toMatchObject({
      jobs: [
        { type: "email.send", args: ["ada", "reset"], options: { queue: "urgent", tags: ["mail"] } },
        { type: "image.resize", args: [{ url: "a.png" }] },
      ],
    });
  });

  it("sends the same steps as without definitions", async () => {
    const options = { queue: "email", retry: { maxAttempts: 5 }, tags: ["mail"] };
    const byName = chain([step("email.send", ["ada", "reset"], options), step("image.resize", { url: "a.png" })]);
    const defined = chain([sendEmail.with(["ada", "reset"]), resize.with({ url: "a.png" })]);
    const answer = { workflow: { id: "id-1", type: "chain", state: "running" } };
    expect(await sentBy((client) => client.createWorkflow(defined), answer)).toEqual(
      await sentBy((client) => client.createWorkflow(byName), answer),
    );
  });

  it("sends a recurring job", async () => {
    const job = { name: "n", cron: "@daily", ...resize.with({ url: "a.png" }, { queue: "q" }) };
    expect(await sentBy((client) => client.registerCronJob(job), { cron_job: job })).toEqual({
      name: "n",
      cron: "@daily",
      type: "image.resize",
      args: [{ url: "a.png" }],
      options: { queue: "q" },
    });
  });
});

describe("arguments that do not fit", () => {
  const bad = { url: 7 } as never;
  const wrong = resize.with(bad);
  const right = resize.with({ url: "a.png" });

  it.each<[string, string, (client: OjsClient) => Promise<unknown>]>([
    ["enqueue", "args[0].url", (client) => client.enqueue(resize, bad)],
    ["enqueue, asynchronously", "args[0].name", (client) => client.enqueue(rename, { name: "taken" })],
    ["a batch", "jobs[1].args[0].url", (client) => client.enqueueBatch([right, wrong])],
    ["a chain", "steps[1].args[0].url", (client) => client.createWorkflow(chain([right, wrong]))],
    [
      "a nested group",
      "steps[0].jobs[1].args[0].url",
      (client) => client.createWorkflow(chain([group([right, wrong])])),
    ],
    [
      "a callback",
      "callbacks.onFailure.args[0].url",
      (client) => client.createWorkflow(batch([right], { onFailure: wrong })),
    ],
    ["a graph", "steps.b.args[0].url", (client) => client.createWorkflow(graph({ a: right, b: wrong }))],
    ["a recurring job", "args[0].url", (client) => client.registerCronJob({ name: "n", cron: "@daily", ...wrong })],
    ["a changed one", "args[0].url", (client) => client.updateCronJob("n", wrong)],
  ])("are never sent: %s", async (_, field, call) => {
    const transport = new ScriptedTransport(new Error("sent"));
    const failure = await call(clientOn(transport)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OjsValidationError);
    expect(failure).toMatchObject({ code: "invalid_payload", details: { field, issues: [{ path: field }] } });
    expect(transport.requests).toEqual([]);
  });
});

describe("a definition", () => {
  it("is a plain value, and so are its jobs", () => {
    expect({ ...sendEmail }).toMatchObject({ type: "email.send", options: { queue: "email", tags: ["mail"] } });
    expect(sendEmail.with(["ada", "reset"])).toMatchObject({ type: "email.send", args: ["ada", "reset"] });
  });

  it("knows its jobs", () => {
    expect(sendEmail.is({ type: "email.send" } as never)).toBe(true);
    expect(sendEmail.is({ type: "email.sent" } as never)).toBe(false);
  });

  it.each<[string, () => unknown, string]>([
    ["no type", () => defineJob(""), "type"],
    ["a schema that is none", () => defineJob("a", { args: { type: "object" } as never }), "args"],
    ["a result's schema that is none", () => defineJob("a", { args: z.any(), result: String as never }), "result"],
  ])("is refused: %s", (_, make, field) => {
    expect(make).toThrow(expect.objectContaining({ code: "invalid_request", details: { field } }));
  });
});
