import { describe, expect, it } from "vitest";
import { TestClock } from "../../src/testing/test-clock.ts";
import { type TestServer, testServer } from "./test-server.ts";

/** A Thursday in the first second of a year. */
const NEW_YEAR = Date.UTC(2026, 0, 1);
const SDK = { "ojs-version": "1.0" };
const FLAT = { name: "daily-report", cron: "0 9 * * *", type: "report.build", args: [{ of: "yesterday" }] };
const WRAPPED = {
  name: "tick",
  expression: "* * * * *",
  job_template: { type: "tick.run", args: [1], options: { queue: "ticks" } },
};

async function cronServer(): Promise<TestServer & { readonly clock: TestClock }> {
  const clock = new TestClock(NEW_YEAR);
  return { ...(await testServer({ clock })), clock };
}

async function fetchFrom(server: TestServer, queue: string): Promise<readonly { readonly id: string }[]> {
  return (await server.post("/ojs/v1/workers/fetch", { queues: [queue], worker_id: "w1", count: 10 })).body.jobs;
}

describe("POST /cron", () => {
  it("refuses a meta that is no object, at registration and at a change", async () => {
    await using server = await cronServer();
    const refused = { error: { code: "invalid_request", details: { field: "meta" } } };
    expect((await server.post("/ojs/v1/cron", { ...FLAT, meta: ["ops"] })).body).toMatchObject(refused);
    await server.post("/ojs/v1/cron", FLAT);
    const change = await server.call("PATCH", `/ojs/v1/cron/${FLAT.name}`, { body: JSON.stringify({ meta: ["ops"] }) });
    expect([change.status, change.body]).toMatchObject([400, refused]);
  });

  it("answers those who write `cron` with a string of that name, wrapped and flat", async () => {
    await using server = await cronServer();
    const body = { ...FLAT, timezone: "Europe/Berlin", description: "at nine", meta: { owner: "ops" } };
    const { status, body: answer, headers } = await server.post("/ojs/v1/cron", body, SDK);
    expect(status).toBe(201);
    expect(headers.location).toBe("/ojs/v1/cron/daily-report");
    const { cron_job: wrapped, ...flat } = answer;
    expect(flat).toEqual(wrapped);
    expect(flat).toEqual({
      name: "daily-report",
      cron: "0 9 * * *",
      expression: "0 9 * * *",
      timezone: "Europe/Berlin",
      type: "report.build",
      args: [{ of: "yesterday" }],
      meta: { owner: "ops" },
      options: {},
      job_template: { type: "report.build", args: [{ of: "yesterday" }], meta: { owner: "ops" }, options: {} },
      overlap_policy: "skip",
      enabled: true,
      status: "active",
      description: "at nine",
      last_run_at: null,
      next_run_at: "2026-01-01T08:00:00.000Z",
      run_count: 0,
      created_at: "2026-01-01T00:00:00.000Z",
      updated_at: "2026-01-01T00:00:00.000Z",
    });
  });

  it("answers those who write `expression` with an object named `cron`", async () => {
    await using server = await cronServer();
    const { status, body } = await server.post("/ojs/v1/cron", { ...WRAPPED, expression: "@hourly" });
    expect(status).toBe(201);
    expect(body.cron).toMatchObject({ name: "tick", expression: "@hourly", enabled: true, args: [1] });
    expect(body.cron).toEqual(body.cron_job);
  });

  it("updates a cron job of that name, and loses neither its slot nor its history", async () => {
    await using server = await cronServer();
    await server.post("/ojs/v1/cron", FLAT);
    await server.clock.advance(9 * 3_600_000);
    const again = await server.post("/ojs/v1/cron", { ...FLAT, args: [], overlap_policy: "allow" });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({
      args: [],
      overlap_policy: "allow",
      run_count: 1,
      created_at: "2026-01-01T00:00:00.000Z",
      last_run_at: "2026-01-01T09:00:00.000Z",
      next_run_at: "2026-01-02T09:00:00.000Z",
    });
    const other = await server.post("/ojs/v1/cron", { ...FLAT, cron: "30 * * * *" });
    expect(other.body.next_run_at).toBe("2026-01-01T09:30:00.000Z");
  });

  it("leaves it to the operator whether a registered cron job is enabled", async () => {
    await using server = await cronServer();
    await server.post("/ojs/v1/cron", { ...FLAT, enabled: false });
    expect((await server.post("/ojs/v1/cron", FLAT)).body).toMatchObject({ enabled: false, next_run_at: null });
    expect((await server.post("/ojs/v1/cron", { ...FLAT, enabled: true })).body.enabled).toBe(true);
  });

  it("ignores what the server manages", async () => {
    await using server = await cronServer();
    const managed = { run_count: 7, last_run_at: "2020-01-01T00:00:00Z", next_run_at: null, created_at: "x", id: "y" };
    const { status, body } = await server.post("/ojs/v1/cron", { ...FLAT, ...managed });
    expect([status, body.run_count, body.last_run_at]).toEqual([201, 0, null]);
  });

  it.each([
    [{ ...FLAT, name: "Daily" }, "name"],
    [{ ...FLAT, name: "" }, "name"],
    [{ ...FLAT, name: "x".repeat(256) }, "name"],
    [{ ...FLAT, cron: undefined }, "cron"],
    [{ ...FLAT, cron: 5 }, "cron"],
    [{ ...FLAT, cron: "0 0 30 2 *" }, "cron"],
    [{ ...WRAPPED, expression: "0 0 0 0 0 0 0" }, "expression"],
    [{ ...WRAPPED, expression: "@every 500ms" }, "expression"],
    [{ ...FLAT, timezone: "Mars/Olympus" }, "timezone"],
    [{ ...FLAT, timezone: "+02:00" }, "timezone"],
    [{ ...FLAT, timezone: 2 }, "timezone"],
    [{ ...FLAT, overlap_policy: "replace" }, "overlap_policy"],
    [{ ...FLAT, enabled: "yes" }, "enabled"],
    [{ ...FLAT, description: 7 }, "description"],
    [{ ...FLAT, type: undefined }, "type"],
    [{ ...FLAT, type: "Not A Type" }, "type"],
    [{ ...FLAT, options: { queue: "NO" } }, "options.queue"],
    [{ ...WRAPPED, job_template: "x" }, "job_template"],
    [{ ...WRAPPED, job_template: { args: [] } }, "job_template.type"],
    [{ ...WRAPPED, job_template: { type: "a.b", id: "x" } }, "job_template.id"],
    [{ ...FLAT, overlap_policy: "enqueue", options: { pending: true } }, "overlap_policy"],
  ])("refuses %j, naming %s, and stores nothing", async (body, field) => {
    await using server = await cronServer();
    const answer = await server.post("/ojs/v1/cron", body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: "invalid_request", details: { field } });
    expect((await server.get("/ojs/v1/cron")).body.pagination.total).toBe(0);
  });

  it("wraps a single argument, and takes none for no arguments", async () => {
    await using server = await cronServer();
    expect((await server.post("/ojs/v1/cron", { ...FLAT, args: { a: 1 } })).body.args).toEqual([{ a: 1 }]);
    expect((await server.post("/ojs/v1/cron", { ...FLAT, args: undefined })).body.args).toEqual([]);
  });
});

describe("a run", () => {
  it("has everything of its template, and says where it comes from", async () => {
    await using server = await cronServer();
    const options = {
      queue: "reports",
      priority: 7,
      timeout: 300,
      visibility_timeout_ms: 5_000,
      expires_at: "+PT1H",
      retry: { max_attempts: 2, initial_interval: "PT1M" },
      tags: ["daily"],
    };
    await server.post("/ojs/v1/cron", { ...FLAT, meta: { owner: "ops" }, options });
    await server.clock.advance(9 * 3_600_000);
    const [job] = await fetchFrom(server, "reports");
    expect(job).toMatchObject({
      type: "report.build",
      args: [{ of: "yesterday" }],
      meta: { owner: "ops", cron_name: "daily-report", cron_triggered_at: "2026-01-01T09:00:00.000Z" },
      priority: 7,
      timeout_ms: 300_000,
      timeout: 300,
      visibility_timeout_ms: 5_000,
      expires_at: "2026-01-01T10:00:00.000Z",
      retry: { max_attempts: 2, initial_interval: "PT1M" },
      tags: ["daily"],
    });
  });

  it("may wait for a delay of its own", async () => {
    await using server = await cronServer();
    await server.post("/ojs/v1/cron", { ...WRAPPED, job_template: { type: "a.b", options: { delay: 5_000 } } });
    await server.clock.advance(60_000);
    expect(await fetchFrom(server, "default")).toEqual([]);
    await server.clock.advance(5_000);
    expect(await fetchFrom(server, "default")).toHaveLength(1);
  });

  it("is told by events, like its absence", async () => {
    await using server = await cronServer();
    await server.post("/ojs/v1/cron", WRAPPED);
    await server.clock.advance(120_000);
    const types = "types=cron.triggered,cron.skipped,job.enqueued";
    const { events } = (await server.get(`/ojs/v1/events?${types}`)).body;
    const [{ id }] = (await fetchFrom(server, "ticks")) as [{ readonly id: string }];
    const cron = { cron_name: "tick", cron_expr: "* * * * *", cron_expression: "* * * * *", timezone: "UTC" };
    expect(events.map((event: { type: string; subject: string }) => [event.type, event.subject])).toEqual([
      ["cron.triggered", "tick"],
      ["job.enqueued", id],
      ["cron.skipped", "tick"],
    ]);
    expect(events[0].data).toEqual({
      ...cron,
      job_id: id,
      job_type: "tick.run",
      run_count: 1,
      scheduled_at: "2026-01-01T00:01:00.000Z",
      scheduled_time: "2026-01-01T00:01:00.000Z",
      actual_time: "2026-01-01T00:01:00.000Z",
    });
    expect(events[2].data).toEqual({
      ...cron,
      reason: "overlap_skip",
      existing_job_id: id,
      active_job_id: id,
      scheduled_at: "2026-01-01T00:02:00.000Z",
      scheduled_time: "2026-01-01T00:02:00.000Z",
    });
  });
});

describe("the other routes", () => {
  it("list cron jobs page by page, under both names", async () => {
    await using server = await cronServer();
    for (const name of ["c", "a", "b"]) await server.post("/ojs/v1/cron", { ...FLAT, name, enabled: name !== "b" });
    const first = (await server.get("/ojs/v1/cron?limit=2")).body;
    expect(first.cron_jobs.map(({ name }: { name: string }) => name)).toEqual(["a", "b"]);
    expect(first.crons).toEqual(first.cron_jobs);
    expect(first).toMatchObject({ count: 2, pagination: { total: 3, limit: 2, offset: 0, has_more: true } });
    const rest = (await server.get(`/ojs/v1/cron?limit=2&cursor=${first.pagination.next_cursor}`)).body;
    expect(rest.cron_jobs.map(({ name }: { name: string }) => name)).toEqual(["c"]);
    const names = async (query: string) =>
      (await server.get(`/ojs/v1/cron?${query}`)).body.crons.map(({ name }: { name: string }) => name);
    expect([await names("enabled=true"), await names("enabled=false")]).toEqual([["a", "c"], ["b"]]);
    expect((await server.get("/ojs/v1/cron?enabled=maybe")).status).toBe(400);
  });

  it("show one cron job, in the shape of who asks", async () => {
    await using server = await cronServer();
    await server.post("/ojs/v1/cron", FLAT);
    const forCases = (await server.get("/ojs/v1/cron/daily-report")).body;
    expect(forCases.cron).toEqual(forCases.cron_job);
    const forSdk = (await server.get("/ojs/v1/cron/daily%2Dreport", SDK)).body;
    expect(forSdk.cron).toBe("0 9 * * *");
    expect(forSdk.cron_job).toEqual(forCases.cron_job);
  });

  it.each([
    ["GET", "/ojs/v1/cron/nobody"],
    ["DELETE", "/ojs/v1/cron/nobody"],
    ["PATCH", "/ojs/v1/cron/nobody"],
    ["POST", "/ojs/v1/cron/nobody/trigger"],
    ["POST", "/ojs/v1/cron/nobody/enable"],
    ["POST", "/ojs/v1/cron/nobody/disable"],
    ["GET", "/ojs/v1/cron/nobody/history"],
  ])("answer 404 to %s %s", async (method, path) => {
    await using server = await cronServer();
    const { status, body } = await server.call(method, path, method === "PATCH" ? { body: {} } : {});
    expect([status, body.error.code]).toEqual([404, "not_found"]);
  });

  it("change what is sent, and nothing else", async () => {
    await using server = await cronServer();
    await server.post("/ojs/v1/cron", { ...FLAT, options: { queue: "reports" }, description: "old" });
    const patch = async (body: object) =>
      (await server.call("PATCH", "/ojs/v1/cron/daily-report", { body, headers: SDK })).body;
    expect(await patch({ enabled: false })).toMatchObject({ enabled: false, status: "disabled", next_run_at: null });
    const changed = await patch({ enabled: true, timezone: "Asia/Tokyo", args: [2], description: null });
    expect(changed).toMatchObject({
      cron: "0 9 * * *",
      timezone: "Asia/Tokyo",
      type: "report.build",
      args: [2],
      options: { queue: "reports" },
      next_run_at: "2026-01-02T00:00:00.000Z",
    });
    expect(changed).not.toHaveProperty("description");
    expect(await patch({ type: "report.other" })).toMatchObject({ type: "report.other", args: [2] });
    await patch({ type: "report.build" });
    const refusals = [{ cron: "x" }, { timezone: "EST" }, { type: "No" }, { overlap_policy: "no" }, { enabled: 1 }];
    for (const body of refusals) {
      expect((await server.call("PATCH", "/ojs/v1/cron/daily-report", { body })).status).toBe(400);
    }
    expect((await server.get("/ojs/v1/cron/daily-report", SDK)).body).toEqual(changed);
  });

  it("disable and enable", async () => {
    await using server = await cronServer();
    await server.post("/ojs/v1/cron", FLAT);
    const disabled = await server.post("/ojs/v1/cron/daily-report/disable");
    expect(disabled.body.cron).toMatchObject({ enabled: false, next_run_at: null });
    const enabled = await server.post("/ojs/v1/cron/daily-report/enable");
    expect(enabled.body.cron).toMatchObject({ enabled: true, next_run_at: "2026-01-01T09:00:00.000Z" });
  });

  it("remove a cron job, and leave its jobs", async () => {
    await using server = await cronServer();
    await server.post("/ojs/v1/cron", WRAPPED);
    await server.clock.advance(60_000);
    const { status, body } = await server.del("/ojs/v1/cron/tick");
    expect([status, body.deleted, body.name, body.cron.name]).toEqual([200, true, "tick", "tick"]);
    await server.clock.advance(300_000);
    expect(await fetchFrom(server, "ticks")).toHaveLength(1);
    expect((await server.get("/ojs/v1/cron")).body.crons).toEqual([]);
  });

  it("trigger a run now, unless an earlier one is in the way", async () => {
    await using server = await cronServer();
    await server.post("/ojs/v1/cron", { ...FLAT, enabled: false });
    const { status, body, headers } = await server.post("/ojs/v1/cron/daily-report/trigger");
    expect(status).toBe(201);
    expect(headers.location).toBe(`/ojs/v1/jobs/${body.id}`);
    expect(body.job).toMatchObject({ type: "report.build", state: "available", meta: { cron_name: "daily-report" } });
    const blocked = await server.post("/ojs/v1/cron/daily-report/trigger");
    expect([blocked.status, blocked.body.error.code]).toEqual([409, "conflict"]);
    expect(blocked.body.error.details).toEqual({ cron_name: "daily-report", active_job_id: body.id });
  });

  it("tell the last runs", async () => {
    await using server = await cronServer();
    await server.post("/ojs/v1/cron", WRAPPED);
    await server.clock.advance(120_000);
    const { body } = await server.get("/ojs/v1/cron/tick/history");
    const [{ id }] = (await fetchFrom(server, "ticks")) as [{ readonly id: string }];
    const [first, second] = ["2026-01-01T00:01:00.000Z", "2026-01-01T00:02:00.000Z"];
    expect(body).toEqual({
      name: "tick",
      runs: [
        { scheduled_at: second, at: second, status: "skipped", manual: false, reason: "overlap_skip" },
        { scheduled_at: first, at: first, status: "triggered", manual: false, job_id: id },
      ],
      count: 2,
    });
    expect((await server.get("/ojs/v1/cron/tick/history?limit=1")).body.count).toBe(1);
    await server.clock.advance(100 * 60_000);
    expect((await server.get("/ojs/v1/cron/tick/history")).body.count).toBe(20);
  });
});
