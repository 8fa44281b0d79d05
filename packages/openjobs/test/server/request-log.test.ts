import { describe, expect, it } from "vitest";
import { recorder } from "./recorded-log.ts";
import { testServer } from "./test-server.ts";

describe("the log of requests", () => {
  it("has a line for each, with route and job, never with arguments", async () => {
    const { logger, lines } = recorder(["debug", "info"]);
    await using test = await testServer({ logger });
    const { id } = await test.enqueue({ args: ["top secret"] });
    await test.post("/ojs/v1/jobs", { type: "a", args: "top secret" }, { "x-request-id": "r2" });
    await test.get(`/ojs/v1/jobs/${id}`);
    expect(lines).toMatchObject([
      {
        level: "debug",
        facts: { method: "POST", route: "/ojs/v1/jobs", status: 201, ms: expect.any(Number), "ojs.job_id": id },
      },
      { level: "info", facts: { request_id: "r2", status: 400, code: "invalid_request", field: "args" } },
      { level: "debug", facts: { method: "GET", route: "/ojs/v1/jobs/:id", status: 200 } },
    ]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  it("does not quote broken JSON", async () => {
    const { logger, lines } = recorder(["info"]);
    await using test = await testServer({ logger });
    await test.post("/ojs/v1/jobs", "top secret");
    expect(lines).toMatchObject([{ level: "info", facts: { code: "invalid_payload" } }]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  it("builds nothing for levels that are off", async () => {
    const { logger, lines } = recorder([]);
    await using test = await testServer({ logger });
    await test.enqueue();
    await test.get("/nowhere");
    expect(lines).toEqual([]);
  });

  it("warns about test hooks", async () => {
    const { logger, lines } = recorder([]);
    await using _test = await testServer({ logger, testHooks: true });
    expect(lines).toMatchObject([{ level: "warn", message: expect.stringContaining("test hooks") }]);
  });
});
