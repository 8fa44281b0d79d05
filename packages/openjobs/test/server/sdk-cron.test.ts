/**
 * Recurring jobs in the bytes of each official SDK and of the official cases (sdk-wire-contract §0.3, §6.5, §7). The test server
 * checks that the Rust SDK could read each answer to a request with `OJS-Version`; here is what the answers say.
 */
import { describe, expect, it } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

const SDK = { "content-type": "application/openjobspec+json", "ojs-version": "1.0" };

const rust = (args: string): string =>
  `{"name":"daily","cron":"0 9 * * *","timezone":"UTC","type":"report.generate",${args}"overlap_policy":"skip","enabled":true}`;

async function register(test: TestServer, body: string, headers: Readonly<Record<string, string>> = SDK) {
  return test.post("/ojs/v1/cron", body, headers);
}

describe("the Rust SDK", () => {
  it.each([
    ["a single object", '"args":{"of":"yesterday"},', [{ of: "yesterday" }]],
    ["an array", '"args":["daily_summary"],', ["daily_summary"]],
    ["a text", '"args":"x",', ["x"]],
    ["nothing", "", []],
  ])("registers a job with %s as its arguments", async (_name, args, expected) => {
    await using test = await testServer();
    const { status, body } = await register(test, rust(args));
    expect(status).toBe(201);
    const { cron_job: wrapped, ...flat } = body;
    expect(flat).toMatchObject({
      name: "daily",
      cron: "0 9 * * *",
      timezone: "UTC",
      type: "report.generate",
      args: expected,
      overlap_policy: "skip",
      enabled: true,
    });
    expect(wrapped).toMatchObject({ name: "daily", cron: "0 9 * * *", type: "report.generate", args: expected });
    expect(Date.parse(flat.next_run_at)).toBeGreaterThan(Date.parse(flat.created_at));
  });

  it("registers the same name again, lists it, and removes it", async () => {
    await using test = await testServer();
    await register(test, rust(""));
    const again = await register(test, rust("").replace("0 9", "0 8"));
    expect([again.status, again.body.cron]).toEqual([200, "0 8 * * *"]);
    const { body } = await test.get("/ojs/v1/cron", SDK);
    expect(body.cron_jobs).toMatchObject([{ name: "daily", cron: "0 8 * * *", expression: "0 8 * * *" }]);
    expect(body.crons).toEqual(body.cron_jobs);
    expect(body.pagination).toMatchObject({ total: 1, has_more: false });
    const removed = await test.call("DELETE", "/ojs/v1/cron/daily", { headers: SDK });
    expect(removed).toMatchObject({ status: 200, body: { deleted: true, name: "daily" } });
    expect((await test.get("/ojs/v1/cron", SDK)).body.cron_jobs).toEqual([]);
    expect((await test.call("DELETE", "/ojs/v1/cron/daily", { headers: SDK })).status).toBe(404);
  });

  it("escapes names to the last hyphen and dot", async () => {
    await using test = await testServer();
    await register(test, rust("").replace("daily", "my-cron.v1"));
    const { status, body } = await test.call("DELETE", "/ojs/v1/cron/my%2Dcron%2Ev1", { headers: SDK });
    expect([status, body.name]).toEqual([200, "my-cron.v1"]);
  });

  it("sends options and meta, which the list shows again", async () => {
    await using test = await testServer();
    const more =
      '"args":["x"],"meta":{"owner":"team"},"options":{"queue":"reports","timeout_ms":300000,"retry":{"max_attempts":3,"initial_interval":"PT5S"}},"description":"at nine",';
    await register(test, rust(more));
    const [job] = (await test.get("/ojs/v1/cron", SDK)).body.cron_jobs;
    expect(job).toMatchObject({
      meta: { owner: "team" },
      options: { queue: "reports", timeout_ms: 300_000, retry: { max_attempts: 3 } },
      description: "at nine",
    });
  });
});

it("the JavaScript and Go SDKs read the wrapped job", async () => {
  await using test = await testServer();
  const body = '{"name":"js","cron":"*/5 * * * *","type":"a.b","args":[]}';
  const headers = { ...SDK, "ojs-version": "1.0.0-rc.1" };
  expect((await register(test, body, headers)).body.cron_job).toMatchObject({ name: "js", cron: "*/5 * * * *" });
});

it("the official cases send no version and read an object `cron`", async () => {
  await using test = await testServer();
  const template = { type: "test.echo", args: [1], options: { queue: "cron-queue" } };
  const body = JSON.stringify({ name: "ct", expression: "@hourly", timezone: "UTC", job_template: template });
  const { status, body: answer } = await register(test, body, {});
  expect(status).toBe(201);
  expect(answer.cron).toMatchObject({ name: "ct", expression: "@hourly", timezone: "UTC", enabled: true });
  expect(answer.cron.next_run_at).toEqual(expect.any(String));
  expect((await test.get("/ojs/v1/cron")).body.crons).toMatchObject([{ name: "ct", expression: "@hourly" }]);
  expect((await test.del("/ojs/v1/cron/ct")).body.cron).toMatchObject({ name: "ct" });
});

it("what one SDK has registered the others can read", async () => {
  await using test = await testServer();
  const template = { type: "test.echo", args: [1], options: { queue: "cron-queue" }, meta: { m: 1 } };
  await register(test, JSON.stringify({ name: "ct", expression: "@daily", job_template: template }), {});
  await register(test, rust(""));
  const { body } = await test.get("/ojs/v1/cron", SDK);
  expect(body.cron_jobs).toMatchObject([
    { name: "ct", cron: "@daily", type: "test.echo", args: [1], meta: { m: 1 }, options: { queue: "cron-queue" } },
    { name: "daily", cron: "0 9 * * *", type: "report.generate", args: [] },
  ]);
});
