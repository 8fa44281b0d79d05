/**
 * Workflows and recurring jobs of the official SDKs in the bytes that they put on the wire (sdk-wire-contract §7), against a
 * real `ojs serve` with SQLite. What each sample means in all its variants: test/server/sdk-workflows.test.ts and sdk-cron.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OjsProcess, startOjs } from "../support/ojs-process.ts";
import type { Wire } from "../support/raw-ojs.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { RUST, type Speaker, speakTo } from "./sdk-speaker.ts";

let folder: TemporaryFolder;
let server: OjsProcess;

beforeAll(async () => {
  folder = temporaryFolder();
  server = await startOjs({ storage: `sqlite:${folder.file("jobs.db")}`, env: { OJS_API_KEY: "T" } });
});

afterAll(async () => {
  await server.kill();
  folder[Symbol.dispose]();
});

/** A worker's life until there is nothing left in the queue; returns the types that it ran. */
async function workOff(send: Speaker, queue: string, failing: readonly string[] = []): Promise<readonly string[]> {
  const ran: string[] = [];
  for (;;) {
    const wanted = `{"queues":["${queue}"],"count":10,"worker_id":"worker_019"}`;
    const { jobs } = (await send("POST", "/ojs/v1/workers/fetch", wanted)).body;
    if (jobs.length === 0) return ran;
    for (const { id, type } of jobs as readonly Wire[]) {
      ran.push(type);
      const error = '"error":{"code":"handler_error","message":"it broke","retryable":false}';
      if (failing.includes(type)) await send("POST", "/ojs/v1/workers/nack", `{"job_id":"${id}",${error}}`);
      else await send("POST", "/ojs/v1/workers/ack", `{"job_id":"${id}","result":{"ok":true}}`);
    }
  }
}

describe.each([
  ["in one piece", Number.POSITIVE_INFINITY],
  ["one byte at a time", 1],
])("the Rust SDK's README, %s:", (_how, pace) => {
  const send = speakTo(() => server.port, RUST, pace);
  const queue = `rust-${pace}`.toLowerCase();
  /** The sample, in a queue of its own. */
  const own = (steps: string): string => `${steps.slice(0, -1)},"options":{"queue":"${queue}"}}`;

  it("a chain", async () => {
    const created = await send(
      "POST",
      "/ojs/v1/workflows",
      own(
        '{"name":"ETL Pipeline","steps":[{"id":"step-0","type":"data.fetch","args":[{"url":"https://api.example.com"}]},{"id":"step-1","type":"data.transform","args":[{"format":"csv"}],"depends_on":["step-0"]},{"id":"step-2","type":"data.notify","args":[{"channel":"slack"}],"depends_on":["step-1"]}]}',
      ),
    );
    expect(created).toMatchObject({ status: 201, body: { name: "ETL Pipeline", state: "running" } });
    const { id } = created.body;
    expect(created.headers.location).toBe(`/ojs/v1/workflows/${id}`);
    expect(await workOff(send, queue)).toEqual(["data.fetch", "data.transform", "data.notify"]);
    expect((await send("GET", `/ojs/v1/workflows/${id}`)).body).toMatchObject({ id, state: "completed" });
  });

  it("a group, cancelled", async () => {
    const group =
      '{"steps":[{"id":"job-0","type":"export.csv","args":[{"id":1}]},{"id":"job-1","type":"export.pdf","args":[{"id":1}]}]}';
    const { id } = (await send("POST", "/ojs/v1/workflows", own(group))).body;
    const cancelled = await send("DELETE", `/ojs/v1/workflows/${id}`);
    expect(cancelled).toMatchObject({ status: 200, body: { id, state: "cancelled", steps_cancelled: 2 } });
    expect(await workOff(send, queue)).toEqual([]);
  });

  it("a batch, whose callback runs after a failure too", async () => {
    const batch =
      '{"steps":[{"id":"job-0","type":"email.send","args":[{"to":"a@b.com"}]},{"id":"job-1","type":"email.check","args":[{"to":"c@d.com"}]},{"id":"on-complete","type":"report","args":[{}],"depends_on":["job-0","job-1"]}]}';
    const { id } = (await send("POST", "/ojs/v1/workflows", own(batch))).body;
    expect(await workOff(send, queue, ["email.check"])).toEqual(["email.send", "email.check", "report"]);
    expect((await send("GET", `/ojs/v1/workflows/${id}`)).body.state).toBe("completed");
  });

  it("a recurring job", async () => {
    const name = `daily-${queue}`;
    const registered = await send(
      "POST",
      "/ojs/v1/cron",
      `{"name":"${name}","cron":"0 9 * * *","timezone":"UTC","type":"report.generate","args":{"of":1},"overlap_policy":"skip","enabled":true}`,
    );
    expect(registered).toMatchObject({ status: 201, body: { name, cron: "0 9 * * *", args: [{ of: 1 }] } });
    const { cron_jobs: jobs } = (await send("GET", "/ojs/v1/cron")).body;
    expect(jobs).toContainEqual(expect.objectContaining({ name, type: "report.generate" }));
    const removed = await send("DELETE", `/ojs/v1/cron/${name.replaceAll("-", "%2D")}`);
    expect(removed.status).toBe(200);
  });
});

it.each([
  [
    "Go",
    ["User-Agent: Go-http-client/1.1", "Ojs-Version: 1.0.0-rc.1"],
    '{"steps":[{"id":"job-0","type":"one.job","args":[],"depends_on":[]},{"id":"on-complete","type":"then","args":[],"depends_on":["job-0"]}],"options":{"queue":"go"}}',
  ],
  [
    "Python",
    ["User-Agent: python-httpx/0.28.1", "OJS-Version: 1.0"],
    '{"name":"py","steps":[{"id":"step-0","type":"one.job","args":["ü"],"depends_on":[]},{"id":"on_complete","type":"then","args":[],"depends_on":["step-0"],"options":{"callback_type":"on_complete"}}],"options":{"queue":"python"}}',
  ],
  [
    "JavaScript",
    ["user-agent: node", "OJS-Version: 1.0"],
    '{"type":"batch","name":"js","jobs":[{"type":"one.job","args":[],"options":{"queue":"javascript"}}],"callbacks":{"on_complete":{"type":"then","args":[],"options":{"queue":"javascript"}}}}',
  ],
])("the %s SDK's batch", async (name, headers, body) => {
  const common = ["Content-Type: application/openjobspec+json", "Authorization: Bearer T"];
  const send = speakTo(() => server.port, [...headers, ...common]);
  const created = await send("POST", "/ojs/v1/workflows", body);
  expect(created.status).toBe(201);
  if (name === "Python") expect(created.headers["content-type"]).toContain("application/json");
  expect(await workOff(send, name.toLowerCase(), ["one.job"])).toEqual(["one.job", "then"]);
  const { id } = created.body.workflow;
  expect((await send("GET", `/ojs/v1/workflows/${id}`)).body.workflow).toMatchObject({ id, state: "completed" });
});
