/** Recurring jobs through the client: real server, in process and over HTTP. */
import { beforeEach, describe, expect, it } from "vitest";
import { type CronJobInput, OjsClient, OjsNotFoundError, OjsValidationError } from "../../src/index.ts";
import { losing, serverWays } from "./server-ways.ts";

const [inProcess, overHttp] = serverWays();

describe.each([inProcess, overHttp])("%s", (way, open) => {
  let client: OjsClient;
  const daily = (name: string): CronJobInput => ({
    name: `${way}.${name}`,
    cron: "0 9 * * MON-FRI",
    timezone: "Europe/Berlin",
    type: "report.build",
    args: { of: "yesterday" },
    options: { queue: `${way}-reports`, priority: 5, retry: { maxAttempts: 7 }, tags: ["t"], meta: { tenant: "a" } },
    overlapPolicy: "allow",
    description: "at nine",
  });

  beforeEach(() => {
    client = new OjsClient({ transport: open(), retry: { baseDelay: 0 } });
  });

  it("registers, and finds what it was given", async () => {
    const expected = {
      name: `${way}.a`,
      cron: "0 9 * * MON-FRI",
      timezone: "Europe/Berlin",
      type: "report.build",
      args: [{ of: "yesterday" }],
      meta: { tenant: "a" },
      options: expect.objectContaining({ queue: `${way}-reports`, priority: 5, tags: ["t"] }),
      overlapPolicy: "allow",
      enabled: true,
      description: "at nine",
      runCount: 0,
    };
    const job = await client.registerCronJob(daily("a"));
    expect(job).toMatchObject(expected);
    expect(Date.parse(job.nextRunAt ?? "")).toBeGreaterThan(Date.now());
    expect(job.lastRunAt).toBeUndefined();
    expect(await client.getCronJob(`${way}.a`)).toEqual(job);
  });

  it("registers again to change, also when the answer gets lost", async () => {
    const before = await client.registerCronJob(daily("b"));
    const unlucky = new OjsClient({ transport: losing(open()), retry: { baseDelay: 0 } });
    const after = await unlucky.registerCronJob({ ...daily("b"), cron: "@hourly", timezone: "UTC" });
    expect(after).toMatchObject({ cron: "@hourly", timezone: "UTC", createdAt: before.createdAt });
    expect(after.nextRunAt).toMatch(/:00:00(\.000)?Z$/);
  });

  it("changes one thing and leaves the rest", async () => {
    const before = await client.registerCronJob(daily("c"));
    const cron = await client.updateCronJob(`${way}.c`, { cron: "@every 90s" });
    expect(cron).toMatchObject({
      cron: "@every 90s",
      type: "report.build",
      args: before.args,
      options: before.options,
    });
    const job = await client.updateCronJob(`${way}.c`, { type: "other.job", args: [1, 2], description: "" });
    expect(job).toMatchObject({ cron: "@every 90s", type: "other.job", args: [1, 2], meta: { tenant: "a" } });
    expect(job.description).toBeUndefined();
  });

  it("rests while it is disabled", async () => {
    await client.registerCronJob(daily("d"));
    const disabled = await client.disableCronJob(`${way}.d`);
    expect(disabled).toMatchObject({ enabled: false });
    expect(disabled.nextRunAt).toBeUndefined();
    const names = async (enabled: boolean) =>
      (await client.listCronJobs({ enabled, limit: 200 })).items.map(({ name }) => name);
    expect(await names(false)).toContain(`${way}.d`);
    expect(await names(true)).not.toContain(`${way}.d`);
    expect((await client.enableCronJob(`${way}.d`)).nextRunAt).toEqual(expect.any(String));
  });

  it("runs when it is told to", async () => {
    await client.registerCronJob(daily("e"));
    const job = await client.triggerCronJob(`${way}.e`);
    expect(job).toMatchObject({
      type: "report.build",
      queue: `${way}-reports`,
      state: "available",
      args: [{ of: "yesterday" }],
      priority: 5,
      maxAttempts: 7,
      tags: ["t"],
      meta: { tenant: "a", cron_name: `${way}.e`, cron_triggered_at: expect.any(String) },
    });
    expect(await client.getJob(job.id)).toMatchObject({ id: job.id });
    expect(await client.getCronJob(`${way}.e`)).toMatchObject({ runCount: 1, lastRunAt: expect.any(String) });
    const again = await client.triggerCronJob(`${way}.e`);
    expect(await client.listCronRuns(`${way}.e`)).toMatchObject([
      { status: "triggered", manual: true, jobId: again.id },
      { status: "triggered", manual: true, jobId: job.id },
    ]);
    expect(await client.listCronRuns(`${way}.e`, { limit: 1 })).toHaveLength(1);
  });

  it("is listed by name, page by page", async () => {
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listCronJobs({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(names).toEqual([...names].sort());
    expect(names).toContain(`${way}.a`);
  });

  it("is removed, once", async () => {
    await client.registerCronJob(daily("f"));
    const unlucky = new OjsClient({ transport: losing(open()), retry: { baseDelay: 0 } });
    await unlucky.deleteCronJob(`${way}.f`);
    await expect(client.getCronJob(`${way}.f`)).rejects.toBeInstanceOf(OjsNotFoundError);
    await expect(client.deleteCronJob(`${way}.f`)).rejects.toBeInstanceOf(OjsNotFoundError);
  });

  it.each([
    ["an expression that is none", { cron: "every day" }, "cron"],
    ["a date that never comes", { cron: "0 0 31 2 *" }, "cron"],
    ["seven fields", { cron: "* * * * * * *" }, "cron"],
    ["an unknown time zone", { timezone: "Mars/Olympus" }, "timezone"],
    ["an offset instead of a time zone", { timezone: "+02:00" }, "timezone"],
    ["a bad name", { name: "Not A Name" }, "name"],
    ["a bad type", { type: "Not A Type" }, "type"],
    ["a bad option of the job", { options: { queue: "NO" } }, "options.queue"],
  ])("is refused for %s", async (_name, wrong, field) => {
    const error = await client.registerCronJob({ ...daily("g"), ...wrong }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OjsValidationError);
    expect(error).toMatchObject({ operation: "registerCronJob", details: { field }, hint: expect.any(String) });
    await expect(client.getCronJob(`${way}.g`)).rejects.toBeInstanceOf(OjsNotFoundError);
  });
});
