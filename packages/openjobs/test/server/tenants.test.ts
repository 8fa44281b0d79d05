/** What the header X-OJS-Tenant does to each request (ojs-multi-tenancy §5.3), and versions in types (ojs-job-versioning §5.3). */
import { describe, expect, it } from "vitest";
import { testServer } from "./test-server.ts";

const ACME = { headers: { "x-ojs-tenant": "acme" } };
const OTHER = { headers: { "x-ojs-tenant": "other" } };
const JOB = { type: "a.b", args: [] };

describe("X-OJS-Tenant", () => {
  it("says whose a job is, alone, in a batch and in a bulk", async () => {
    await using test = await testServer();
    const one = await test.call("POST", "/ojs/v1/jobs", { body: JOB, ...ACME });
    expect([one.status, one.body.job.meta]).toEqual([201, { tenant_id: "acme" }]);
    const jobs = [JOB, { ...JOB, meta: { a: 1 } }, { ...JOB, options: { metadata: { tenant_id: "acme" } } }];
    for (const path of ["/ojs/v1/jobs/batch", "/ojs/v1/jobs/bulk"]) {
      const many = await test.call("POST", path, { body: { jobs }, ...ACME });
      expect(many.status).toBe(201);
    }
    const { body } = await test.call("POST", "/ojs/v1/workers/fetch", {
      body: { queues: ["default"], count: 9 },
      ...ACME,
    });
    expect(body.jobs.map(({ meta }: { meta: object }) => meta)).toEqual([
      { tenant_id: "acme" },
      ...[0, 1].flatMap(() => [{ tenant_id: "acme" }, { a: 1, tenant_id: "acme" }, { tenant_id: "acme" }]),
    ]);
    const stats = await test.get("/ojs/v1/admin/tenants/acme/stats");
    expect([stats.status, stats.body]).toMatchObject([200, { tenant_id: "acme", total_jobs: 7, jobs: { active: 7 } }]);
    expect((await test.get("/ojs/v1/admin/tenants/nobody/stats")).body.total_jobs).toBe(0);
  });

  it("is refused when it is no name, or the job says that it is another one's", async () => {
    await using test = await testServer();
    const bad = await test.call("POST", "/ojs/v1/jobs", { body: JOB, headers: { "x-ojs-tenant": "a b" } });
    expect(bad.status).toBe(400);
    const body = { ...JOB, meta: { tenant_id: "acme" } };
    const clash = await test.call("POST", "/ojs/v1/jobs", { body, ...OTHER });
    expect([clash.status, clash.body.error.details.field]).toEqual([400, "meta.tenant_id"]);
    const many = await test.call("POST", "/ojs/v1/jobs/batch", { body: { jobs: [JOB, body] }, ...OTHER });
    expect([many.status, many.body.error.details.field]).toEqual([400, "jobs[1].meta.tenant_id"]);
    expect((await test.get("/ojs/v1/admin/tenants/a%20b/stats")).status).toBe(400);
  });

  it("hides the jobs of others from fetches, exchanges and whoever knows their ids", async () => {
    await using test = await testServer();
    const { id } = (await test.call("POST", "/ojs/v1/jobs", { body: JOB, ...ACME })).body.job;
    const { id: nobodys } = (await test.post("/ojs/v1/jobs", JOB)).body.job;
    const wanted = { queues: ["default"], count: 9 };
    expect((await test.call("POST", "/ojs/v1/workers/fetch", { body: wanted, ...OTHER })).body.jobs).toEqual([]);
    const exchange = { worker_id: "w", fetch: wanted };
    expect((await test.call("POST", "/ojs/v1/workers/exchange", { body: exchange, ...OTHER })).body.jobs).toEqual([]);
    for (const job of [id, nobodys]) {
      const path = `/ojs/v1/jobs/${job}`;
      expect((await test.call("GET", path, OTHER)).status).toBe(404);
      expect((await test.call("DELETE", path, OTHER)).status).toBe(404);
      expect((await test.call("POST", `${path}/cancel`, OTHER)).status).toBe(404);
      expect((await test.call("POST", `${path}/activate`, OTHER)).status).toBe(404);
      expect((await test.call("PATCH", path, { body: { priority: 1 }, ...OTHER })).status).toBe(404);
    }
    expect((await test.call("POST", `/ojs/v1/jobs/${id}/cancel`, ACME)).status).toBe(200);
    expect((await test.del(`/ojs/v1/jobs/${nobodys}`)).status).toBe(200);
  });
});

describe("a fetch with a runtime", () => {
  it("gets what the runtime can run", async () => {
    await using test = await testServer();
    const meta = { "ojs.ext_runtime": { tags: ["wasi"] } };
    await test.post("/ojs/v1/jobs", { ...JOB, meta });
    const fetch = (runtime?: unknown) => test.post("/ojs/v1/jobs/fetch", { queues: ["default"], runtime });
    expect((await fetch({ tags: "wasi" })).body.error?.details.field).toBe("runtime.tags");
    expect((await fetch({ tags: ["gpu"] })).body.jobs).toEqual([]);
    expect((await fetch({ tags: ["gpu", "wasi"] })).body.jobs).toMatchObject([{ meta }]);
    await test.post("/ojs/v1/jobs", { ...JOB, meta });
    expect((await fetch({})).body.jobs).toHaveLength(1);
  });
});

describe("a version in a type", () => {
  it("is the version of the job, unless it has one", async () => {
    await using test = await testServer();
    const enqueue = async (fields: object) => {
      const { job } = (await test.post("/ojs/v1/jobs", { ...JOB, ...fields })).body;
      return [job.type, job.version];
    };
    expect(await enqueue({ type: "a.b@2.0" })).toEqual(["a.b", "2.0"]);
    expect(await enqueue({ type: "a.b@2.0", version: 3 })).toEqual(["a.b", 3]);
    expect(await enqueue({ type: "a.b@2.0", version: null })).toEqual(["a.b", "2.0"]);
    const batch = await test.post("/ojs/v1/jobs/batch", {
      jobs: [
        { ...JOB, type: "a.b@2" },
        { ...JOB, version: 1 },
      ],
    });
    expect(batch.body.jobs.map(({ version }: { version: unknown }) => version)).toEqual(["2", 1]);
    for (const type of ["a.b@", "@2", "a.b@2@3", "a.b@-1"]) {
      const bad = await test.post("/ojs/v1/jobs", { ...JOB, type });
      expect([bad.status, bad.body.error.details.field]).toEqual([400, "type"]);
    }
  });

  it("is kept by workflows and cron jobs, and when the job is fetched", async () => {
    await using test = await testServer();
    await test.post("/ojs/v1/workflows", { type: "chain", steps: [{ ...JOB, version: 3 }] });
    await test.post("/ojs/v1/cron", { name: "c", cron: "0 0 1 1 *", type: "a.b@4", args: [] });
    await test.post("/ojs/v1/cron/c/trigger", {});
    const { body } = await test.post("/ojs/v1/workers/fetch", { queues: ["default"], count: 9 });
    expect(body.jobs.map(({ type, version }: { type: string; version: unknown }) => [type, version])).toEqual([
      ["a.b", 3],
      ["a.b", "4"],
    ]);
  });
});
