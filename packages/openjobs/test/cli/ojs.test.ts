/** The command line from outside: output, exit statuses, signals. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openConnection } from "../e2e/raw-connection.ts";
import { type OjsProcess, startOjs } from "./ojs-process.ts";

const MEMORY = ["serve", "--port", "0", "--storage", "memory:"];
const FETCH = "/ojs/v1/workers/fetch";

// biome-ignore lint/suspicious/noExplicitAny: tests reach into bodies of any shape
async function post(url: string, body: object): Promise<{ readonly status: number; readonly body: any }> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

/** The JSON lines of the log. */
function log(ojs: OjsProcess): Record<string, unknown>[] {
  const lines = ojs.stderr().trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

describe("ojs", () => {
  it.each([
    [["--help"], 0, /Usage: ojs <command>/, /^$/],
    [["--version"], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    [["serve", "--help"], 0, /Usage: ojs serve/, /^$/],
    [["help", "serve"], 0, /Usage: ojs serve/, /^$/],
    [["help", "dance"], 2, /^$/, /no command 'dance'.*\nTry ojs --help/],
    [["openapi", "--help"], 0, /Usage: ojs openapi/, /^$/],
    [["openapi", "--yaml"], 2, /^$/, /takes no options/],
    [[], 2, /Usage/, /^$/],
    [["dance"], 2, /^$/, /no command 'dance'/],
    [["constructor"], 2, /^$/, /no command 'constructor'/],
    [["serve", "--colour"], 2, /^$/, /--colour'\nTry ojs serve --help/],
    [["serve", "--port", "many"], 2, /^$/, /--port must be/],
    [["serve", "--storage", "redis://u:secret@h/d"], 2, /^$/, /redis: is not there yet/],
    [["serve", "--storage", "memory:", "--host", "0.0.0.0"], 1, /^$/, /without an API key/],
  ])("%j exits with %i", async (args, status, stdout, stderr) => {
    await using ojs = startOjs(args);
    expect(await ojs.exited()).toBe(status);
    expect(ojs.stdout()).toMatch(stdout);
    expect(ojs.stderr()).toMatch(stderr);
    expect(ojs.stderr()).not.toMatch(/secret|\n {4}at /);
  });

  it("prints the version of the package", async () => {
    await using ojs = startOjs(["--version"]);
    await ojs.exited();
    const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(ojs.stdout()).toBe(`${manifest.version}\n`);
  });
});

describe("ojs openapi", () => {
  it("prints the document of a server with a key", async () => {
    await using ojs = startOjs(["openapi"]);
    expect(await ojs.exited()).toBe(0);
    expect(JSON.parse(ojs.stdout())).toMatchObject({ openapi: "3.1.1", security: [{ apiKey: [] }] });
  });
});

describe("ojs serve", () => {
  it("says first where it listens, serves, and logs JSON lines on stderr", async () => {
    await using ojs = startOjs([...MEMORY, "--log-level", "debug"]);
    const url = await ojs.url();
    expect(ojs.stdout()).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n$/);
    const { body } = await post(`${url}/ojs/v1/jobs`, { type: "test.job", args: ["top secret"] });
    ojs.child.kill("SIGTERM");
    expect(await ojs.exited()).toBe(0);
    const line = log(ojs).find(({ route }) => route === "/ojs/v1/jobs");
    expect(line).toMatchObject({
      severity: "DEBUG",
      severity_number: 5,
      component: "server",
      timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      message: "request answered",
      request_id: expect.stringMatching(/^req_/),
      method: "POST",
      status: 201,
      "ojs.job_id": body.job.id,
    });
    expect(ojs.stderr()).not.toContain("secret");
  });

  it("takes its options from the environment", async () => {
    const env = { OJS_PORT: "0", OJS_STORAGE: "memory:", OJS_API_KEY: "k", OJS_HOST: "0.0.0.0", OJS_TEST_HOOKS: "1" };
    await using ojs = startOjs(["serve"], env);
    const url = (await ojs.url()).replace("0.0.0.0", "127.0.0.1");
    expect((await fetch(`${url}/ojs/manifest`)).status).toBe(401);
    expect((await fetch(`${url}/ojs/manifest`, { headers: { authorization: "Bearer k" } })).status).toBe(200);
    ojs.child.kill("SIGTERM");
    await ojs.exited();
    expect(log(ojs)[0]).toMatchObject({ severity: "WARN", message: expect.stringContaining("test hooks") });
  });

  it("says when the port is in use", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const address = holder.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await using ojs = startOjs(["serve", "--port", `${port}`, "--storage", "memory:"]);
    expect(await ojs.exited()).toBe(1);
    expect(ojs.stdout()).toBe("");
    expect(ojs.stderr()).toContain(`port ${port} on 127.0.0.1 is in use`);
    await new Promise((resolve) => holder.close(resolve));
  });

  it.each([["SIGTERM"], ["SIGINT"]] as const)("drains on %s: answers waiting fetches and exits 0", async (signal) => {
    await using ojs = startOjs(MEMORY);
    const url = await ojs.url();
    const waiting = post(`${url}${FETCH}`, { queues: ["default"], wait_ms: 30_000 });
    await post(`${url}/ojs/v1/jobs`, { type: "a", args: [], options: { queue: "other" } });
    ojs.child.kill(signal);
    expect(await waiting).toEqual({ status: 200, body: { jobs: [] } });
    expect(await ojs.exited()).toBe(0);
    expect(log(ojs).at(-1)).toMatchObject({ message: "stopped" });
  });

  it("stops at once on a second signal", async () => {
    await using ojs = startOjs(MEMORY);
    const url = new URL(await ojs.url());
    // A request that never ends keeps the first signal waiting.
    using connection = await openConnection(Number(url.port));
    connection.write("POST /ojs/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
    await fetch(new URL("/health", url));
    ojs.child.kill("SIGTERM");
    await expect
      .poll(() =>
        fetch(new URL("/health", url))
          .then(() => "up")
          .catch(() => "down"),
      )
      .toBe("down");
    ojs.child.kill("SIGTERM");
    expect(await ojs.exited()).toBe(143);
  });
});

describe("ojs serve on SQLite", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ojs-cli-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("keeps jobs when it is stopped and started again", async () => {
    const args = ["serve", "--port", "0", "--storage", `sqlite:${join(folder, "kept.db")}`];
    let id: string;
    {
      await using first = startOjs(args);
      ({ id } = (await post(`${await first.url()}/ojs/v1/jobs`, { type: "a", args: [] })).body.job);
      first.child.kill("SIGTERM");
      expect(await first.exited()).toBe(0);
    }
    await using second = startOjs(args);
    const { body } = await post(`${await second.url()}${FETCH}`, { queues: ["default"] });
    expect(body.jobs[0].id).toBe(id);
  });

  it("refuses a file that another server has open, and says so", async () => {
    const args = ["serve", "--port", "0", "--storage", `sqlite:${join(folder, "shared.db")}`];
    await using first = startOjs(args);
    await first.url();
    await using second = startOjs(args);
    expect(await second.exited()).toBe(1);
    expect(second.stderr()).toContain("shared.db");
    expect(second.stderr()).not.toMatch(/\n {4}at /);
  });
});
