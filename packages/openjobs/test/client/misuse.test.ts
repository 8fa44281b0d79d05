/** What plain JavaScript, a cast or a guess can hand to a client: refused with a word on what to do, before anything is sent. */
import { describe, expect, it } from "vitest";
import { OjsAdmin } from "../../src/admin/index.ts";
import { batch, chain, OjsClient, type OjsError, OjsValidationError, step } from "../../src/index.ts";
import { answer, ScriptedTransport } from "./scripted-transport.ts";

/** As JavaScript sees it. */
// biome-ignore lint/suspicious/noExplicitAny: the compiler refuses all of this, which is the point
type Anything = any;

function loose(): { client: Anything; transport: ScriptedTransport } {
  const transport = new ScriptedTransport(answer(500, "nobody should have asked"));
  return { client: new OjsClient({ transport, retry: false }), transport };
}

async function refusalOf(call: (client: Anything) => unknown): Promise<OjsError> {
  const { client, transport } = loose();
  try {
    await call(client);
  } catch (error) {
    expect(error).toBeInstanceOf(OjsValidationError);
    expect(transport.requests).toHaveLength(0);
    return error as OjsError; // the assertion above proves it
  }
  throw new Error("it was not refused");
}

describe("options of a client", () => {
  it.each(["uri", "baseUrl", "apikey", "queues"])("that do not exist are refused, with those that do: %s", (name) => {
    const make = () => new OjsClient({ [name]: "x" } as object);
    expect(make).toThrow(`There is no option '${name}'`);
    expect(make).toThrow(expect.objectContaining({ hint: expect.stringMatching(/url.*apiKey/) }));
  });

  it("are an object: an address alone would be passed over", () => {
    const make = () => new OjsClient("http://localhost:9090" as unknown as object);
    expect(make).toThrow(expect.objectContaining({ hint: expect.stringContaining("url") }));
  });

  it.each(["timeout", "totalTimeout"])("say their name when they are no duration: %s", (name) => {
    const make = () => new OjsClient({ [name]: "soon" });
    expect(make).toThrow(expect.objectContaining({ details: { field: name }, hint: expect.stringContaining('"30s"') }));
  });
});

describe("jobs", () => {
  it.each([
    ["nothing", []],
    ["null", [null]],
    ["a number", [5]],
    ["a whole job", [{ type: "email.send", args: [1] }]],
  ])("need a type or a definition: %s", async (_, given) => {
    const error = await refusalOf((client) => client.enqueue(...given));
    expect(error).toMatchObject({ message: expect.stringContaining("needs a type"), details: { field: "type" } });
  });

  it.each([
    [{ retry: 3 }, "retry"],
    [{ retry: false }, "retry"],
    [{ unique: true }, "unique"],
    [{ unique: null }, "unique"],
    [{ rateLimit: "api" }, "rateLimit"],
  ])("have no options that would be passed over: %j", async (options, field) => {
    const error = await refusalOf((client) => client.enqueue("email.send", {}, options));
    expect(error).toMatchObject({ details: { field }, message: `\`${field}\` has to be an object.` });
  });

  it.each([{ delay: "soon" }, { retry: { initialInterval: "soon" } }, { timeout: -1 }])(
    "say how a duration is written when there is none: %j",
    async (options) => {
      const error = await refusalOf((client) => client.enqueue("email.send", {}, options));
      expect(error.hint).toContain('"1h30m"');
    },
  );

  it.each([new Uint8Array([1, 2]), new DataView(new ArrayBuffer(2))])(
    "lose no bytes without a word: %s",
    async (bytes) => {
      const error = await refusalOf((client) => client.enqueue("file.store", { bytes }));
      expect(error).toMatchObject({ details: { field: "args[0].bytes" } });
    },
  );

  it.each([
    ["retries", { type: "a", args: [], retries: 3 }],
    ["delay", { type: "a", delay: "5m" }],
    ["data", { type: "a", data: {} }],
  ])("of a batch have no members that would be passed over: %s", async (name, job) => {
    const error = await refusalOf((client) => client.enqueueBatch([{ type: "a" }, job]));
    expect(error).toMatchObject({ details: { field: `jobs[1].${name}` }, hint: expect.stringContaining("options") });
  });
});

describe("names and ids", () => {
  it.each<[string, (client: Anything) => unknown]>([
    ["getJob", (client) => client.getJob()],
    ["getJob of a job", (client) => client.getJob({ id: "x" })],
    ["cancelJob", (client) => client.cancelJob(undefined)],
    ["pauseQueue", (client) => client.pauseQueue()],
    ["deleteCronJob", (client) => client.deleteCronJob(null)],
  ])("are texts: %s", async (_, call) => {
    expect((await refusalOf(call)).message).toMatch(/cannot be an id or a name|takes the id of a job/);
  });
});

describe("waiting and listening", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["the promise of enqueue", Promise.resolve({ id: "x" })],
    ["null", null],
  ])("for %s is refused", async (_, job) => {
    for (const method of ["result", "workflowResult"]) {
      const { message, hint } = await refusalOf((client) => client[method](job));
      expect(message).toContain(`\`${method}\``);
      expect(hint).toContain("await");
    }
  });

  it.each<[string, (client: Anything) => AsyncIterator<unknown>]>([
    ["type", (client) => client.subscribe({ type: ["job.failed"] })],
    ["queue", (client) => client.subscribeQueue("mail", { queue: "mail" })],
    ["since", (client) => client.subscribeJob("019b76da-b000-7000-8000-000000000001", { since: "x" })],
  ])("has no option that would hold nothing back: %s", async (name, subscribe) => {
    const { message } = await refusalOf((client) => subscribe(client).next());
    expect(message).toContain(`'${name}'`);
  });
});

describe("recurring jobs", () => {
  it.each(["tz", "schedule", "every", "retry"])("have no members that would be passed over: %s", async (name) => {
    const job = { name: "nightly", cron: "@daily", type: "report.build", [name]: "Europe/Berlin" };
    const error = await refusalOf((client) => client.registerCronJob(job));
    expect(error).toMatchObject({ details: { field: name }, hint: expect.stringMatching(/timezone.*options/) });
    expect(await refusalOf((client) => client.updateCronJob("nightly", { [name]: 1 }))).toMatchObject({
      details: { field: name },
    });
  });

  it("have a name", async () => {
    const error = await refusalOf((client) => client.registerCronJob({ cron: "@daily", type: "report.build" }));
    expect(error).toMatchObject({ details: { field: "name" }, message: expect.stringContaining("name") });
  });
});

describe("what is done to many jobs", () => {
  it.each<[string, object]>([
    ["atmoic", { ids: ["a"], atmoic: true }],
    ["filter.state", { filter: { queue: "mail", state: ["completed"] } }],
    ["filter.olderThan", { filter: { queue: "mail", olderThan: "7d" } }],
    ["filter", { filter: "mail" }],
  ])("is not done to more of them than is meant: %s", async (field, selection) => {
    for (const method of ["cancelJobs", "retryJobs", "deleteJobs"]) {
      const error = await refusalOf((client) => client[method](selection));
      expect(error).toMatchObject({ details: { field } });
    }
  });

  it("is said at all", async () => {
    expect(await refusalOf((client) => client.deleteJobs())).toMatchObject({ details: { field: "options" } });
    expect(await refusalOf((client) => client.deleteJobs({}))).toMatchObject({ details: { field: "filter" } });
  });

  it.each(["state", "olderThan"])("is not done to more of them by an operator either: %s", async (name) => {
    const transport = new ScriptedTransport(answer(200, { purged: 5, items: [] }));
    const admin: Anything = new OjsAdmin({ transport });
    const refused = expect.objectContaining({ details: { field: name } });
    await expect(admin.purgeQueue("mail", { [name]: "completed" })).rejects.toThrow(refused);
    await expect(admin.listJobs({ [name]: "completed" })).rejects.toThrow(refused);
    await expect(admin.jobs({ [name]: "completed" }).next()).rejects.toThrow(refused);
    expect(transport.requests).toHaveLength(0);
  });
});

describe("workflows", () => {
  const a = step("a.run");
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const chainOf = chain as any;

  it.each([
    ["steps one by one instead of in an array", chainOf(a, a), "steps"],
    ["no steps", chainOf(), "steps"],
    ["a name instead of a step", chainOf(["a.run"]), "steps[0]"],
    ["a missing step", chainOf([a, undefined]), "steps[1]"],
    ["nothing", undefined, "workflow"],
    ["an empty object", {}, "workflow"],
    ["a misspelt option", chainOf([a], { nam: "x" }), "nam"],
    ["an option beside the options of a step", chainOf([{ ...a, delay: "5m" }]), "steps[0].delay"],
    ["a misspelt callback", batch([a], { onComplete: a, onDone: a } as never), "callbacks.onDone"],
  ])("say where they are wrong: %s", async (_, workflow, field) => {
    expect(await refusalOf((client) => client.createWorkflow(workflow))).toMatchObject({ details: { field } });
  });
});
