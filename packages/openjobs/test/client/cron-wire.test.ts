/** Recurring jobs on the wire, to the byte, and what the client makes of the answers of different servers. */
import { describe, expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import { OjsValidationError } from "../../src/core/errors.ts";
import { ManualClock } from "./manual-clock.ts";
import { answer, type Reply, refusal, ScriptedTransport } from "./scripted-transport.ts";
import { clientOn, exchange } from "./wire-exchange.ts";

/** What is called the same on both sides. */
const common = {
  name: "daily-report",
  cron: "0 9 * * *",
  timezone: "Europe/Berlin",
  type: "report.build",
  enabled: true,
  description: "at nine",
};

const cron = {
  ...common,
  args: [{ of: "yesterday" }],
  meta: { tenant: "a" },
  options: { queue: "reports", timeout_ms: 300_000 },
  overlap_policy: "allow",
  last_run_at: "T1",
  next_run_at: "T2",
  run_count: 42,
  created_at: "T0",
};

const read = {
  ...common,
  args: cron.args,
  meta: cron.meta,
  options: cron.options,
  overlapPolicy: "allow",
  lastRunAt: "T1",
  nextRunAt: "T2",
  runCount: 42,
  createdAt: "T0",
};

describe("registerCronJob", () => {
  it("sends everything in its place", async () => {
    const { sent, result } = await exchange(
      { cron_job: cron },
      (client) =>
        client.registerCronJob({
          ...common,
          args: { of: "yesterday" },
          options: {
            queue: "reports",
            timeout: "5m",
            retry: { maxAttempts: 3, initialInterval: "30s" },
            tags: ["daily"],
            meta: { tenant: "a" },
            schema: "urn:x",
          },
          overlapPolicy: "allow",
        }),
      201,
    );
    expect(sent).toBe(
      'POST /ojs/v1/cron {"name":"daily-report","type":"report.build","args":[{"of":"yesterday"}],"meta":{"tenant":"a"},' +
        '"schema":"urn:x","options":{"queue":"reports","timeout_ms":300000,"retry":{"max_attempts":3,"initial_interval":"PT30S"},' +
        '"tags":["daily"]},"cron":"0 9 * * *","timezone":"Europe/Berlin","overlap_policy":"allow","enabled":true,"description":"at nine"}',
    );
    expect(result).toEqual(read);
  });

  it("sends no more than there is", async () => {
    const { sent } = await exchange({ cron_job: cron }, (client) =>
      client.registerCronJob({ name: "n", cron: "@daily", type: "a.b" }),
    );
    expect(sent).toBe('POST /ojs/v1/cron {"name":"n","type":"a.b","args":[],"cron":"@daily"}');
  });

  it.each([
    ["id", { id: "019b7000-0000-7000-8000-000000000001" }],
    ["scheduledAt", { scheduledAt: new Date() }],
    ["delay", { delay: 5 }],
  ])("refuses the option %s, which each run has for itself", async (name, options) => {
    const job = { name: "n", cron: "@daily", type: "a.b", options: options as object };
    const outcome = await clientOn(new ScriptedTransport())
      .registerCronJob(job)
      .catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(OjsValidationError);
    expect(outcome).toMatchObject({ details: { field: `options.${name}` } });
  });
});

describe("a recurring job is read", () => {
  it.each([
    ["wrapped", { cron_job: cron }],
    ["flat", cron],
    ["both ways", { cron_job: cron, ...cron }],
  ])("%s", async (_name, response) => {
    const { sent, result } = await exchange(response, (client) => client.getCronJob("daily-report"));
    expect(sent).toBe("GET /ojs/v1/cron/daily-report");
    expect(result).toEqual(read);
  });

  it("with the words of the official cases", async () => {
    const { cron: expression, type, args, options, meta, overlap_policy, ...rest } = cron;
    const other = { ...rest, expression, job_template: { type, args, options, meta } };
    const { result } = await exchange({ cron: other }, (client) => client.getCronJob("daily-report"));
    expect(result).toEqual({ ...read, overlapPolicy: "skip" });
  });

  it("with as little as a server may send", async () => {
    const { result } = await exchange({ cron_job: { name: "n", enabled: false, next_run_at: null } }, (client) =>
      client.disableCronJob("n"),
    );
    expect(result).toEqual({
      name: "n",
      cron: "",
      timezone: "UTC",
      type: "",
      args: [],
      meta: {},
      options: {},
      overlapPolicy: "skip",
      enabled: false,
      runCount: 0,
    });
  });

  it.each(["", "[]", "{}", '{"cron_job":7}'])("but not from %j", async (body) => {
    const outcome = exchange(body, (client) => client.getCronJob("n"));
    await expect(outcome).rejects.toMatchObject({ code: "invalid_response", operation: "getCronJob" });
  });
});

it("listCronJobs", async () => {
  const response = { cron_jobs: [cron], crons: [cron], pagination: { total: 1, has_more: false } };
  const { sent, result } = await exchange(response, (client) => client.listCronJobs({ enabled: true, limit: 3 }));
  expect(sent).toBe("GET /ojs/v1/cron?enabled=true&limit=3");
  expect(result).toEqual({ items: [read], total: 1, hasMore: false });
});

it("updateCronJob, enableCronJob, disableCronJob send what changes and nothing else", async () => {
  const sentBy = async (call: (client: OjsClient) => Promise<unknown>): Promise<string> =>
    (await exchange({ cron_job: cron }, call)).sent;
  expect(await sentBy((client) => client.enableCronJob("n"))).toBe('PATCH /ojs/v1/cron/n {"enabled":true}');
  expect(await sentBy((client) => client.disableCronJob("n"))).toBe('PATCH /ojs/v1/cron/n {"enabled":false}');
  expect(await sentBy((client) => client.updateCronJob("n", { cron: "@hourly", overlapPolicy: "enqueue" }))).toBe(
    'PATCH /ojs/v1/cron/n {"cron":"@hourly","overlap_policy":"enqueue"}',
  );
  const job = { type: "c.d", args: 1, options: { queue: "q", meta: { m: 1 } }, description: "d" };
  expect(await sentBy((client) => client.updateCronJob("n", job))).toBe(
    'PATCH /ojs/v1/cron/n {"type":"c.d","args":[1],"meta":{"m":1},"options":{"queue":"q"},"description":"d"}',
  );
  expect(await sentBy((client) => client.updateCronJob("n", {}))).toBe("PATCH /ojs/v1/cron/n {}");
});

it("triggerCronJob, deleteCronJob", async () => {
  const job = { id: "019b7000-0000-7000-8000-000000000001", type: "a.b", state: "available", args: [] };
  const triggered = await exchange({ job }, (client) => client.triggerCronJob("n.1"), 201);
  expect(triggered.sent).toBe("POST /ojs/v1/cron/n.1/trigger");
  expect(triggered.result).toMatchObject({ id: job.id, state: "available" });
  const deleted = await exchange({ deleted: true, name: "n" }, (client) => client.deleteCronJob("n"));
  expect(deleted).toMatchObject({ sent: "DELETE /ojs/v1/cron/n", result: undefined });
});

it("listCronRuns", async () => {
  const runs = [
    { scheduled_at: "T2", at: "T3", status: "skipped", manual: false, reason: "overlap_skip" },
    { scheduled_at: "T0", at: "T1", status: "triggered", manual: true, job_id: "j", more: 1 },
  ];
  const { sent, result } = await exchange({ name: "n", runs, count: 2 }, (client) =>
    client.listCronRuns("n", { limit: 2 }),
  );
  expect(sent).toBe("GET /ojs/v1/cron/n/history?limit=2");
  expect(result).toEqual([
    { scheduledAt: "T2", at: "T3", status: "skipped", manual: false, reason: "overlap_skip" },
    { scheduledAt: "T0", at: "T1", status: "triggered", manual: true, jobId: "j" },
  ]);
  expect((await exchange({ runs: [] }, (client) => client.listCronRuns("n"))).sent).toBe("GET /ojs/v1/cron/n/history");
});

describe("when answers get lost,", () => {
  const lost = new Error("socket hang up");
  async function outcomeOf(replies: readonly Reply[], call: (client: OjsClient) => Promise<unknown>) {
    const clock = new ManualClock();
    const transport = new ScriptedTransport(...replies);
    const client = new OjsClient({ transport }, { clock, random: () => 0.5 });
    const outcome = await clock.until(call(client).catch((error: unknown) => error));
    return { outcome, sent: transport.requests.length };
  }

  it("a registration is sent again, a run is not", async () => {
    const again = await outcomeOf([lost, answer(200, { cron_job: cron })], (client) =>
      client.registerCronJob({ name: "n", cron: "@daily", type: "a.b" }),
    );
    expect(again).toMatchObject({ outcome: { name: "daily-report" }, sent: 2 });
    const run = await outcomeOf([lost, answer(200, {})], (client) => client.triggerCronJob("n"));
    expect(run).toMatchObject({ outcome: { code: "connection_error" }, sent: 1 });
  });

  it("a removal that finds nothing has been there before", async () => {
    const remove = (client: OjsClient): Promise<unknown> => client.deleteCronJob("n");
    expect(await outcomeOf([lost, refusal(404, "not_found")], remove)).toEqual({ outcome: undefined, sent: 2 });
    expect((await outcomeOf([refusal(404, "not_found")], remove)).outcome).toMatchObject({ code: "not_found" });
  });
});
