import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../src/server/version.ts";
import { memory } from "../../src/storage/memory/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { wrapStorage } from "../support/storage-wrapper.ts";
import { testServer } from "./test-server.ts";

/** A storage that works until it is told not to. */
function fragileStorage(): { readonly storage: Storage; break(): void } {
  const inner = memory();
  let broken = false;
  const fragile = <Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>) => {
    return (...args: Args): Promise<T> => (broken ? Promise.reject(new Error("disk on fire")) : call(...args));
  };
  const storage = wrapStorage(inner, {
    jobs: {
      get: fragile((ids) => inner.jobs.get(ids)),
      due: (now, limit) => inner.jobs.due(now, limit),
      nextDue: () => inner.jobs.nextDue(),
      inTheWay: (guards, now, limit) => inner.jobs.inTheWay(guards, now, limit),
      claimable: (query) => inner.jobs.claimable(query),
      tenantCounts: (tenant) => inner.jobs.tenantCounts(tenant),
      walk: (set, limit, after) => inner.jobs.walk(set, limit, after),
      leasedBy: (worker) => inner.jobs.leasedBy(worker),
      openOfCron: (cron, limit) => inner.jobs.openOfCron(cron, limit),
      underKey: (key, limit) => inner.jobs.underKey(key, limit),
      deadLetters: (filter, page) => inner.jobs.deadLetters(filter, page),
    },
    queues: {
      get: (name) => inner.queues.get(name),
      list: fragile((page) => inner.queues.list(page)),
      activity: (name, since) => inner.queues.activity(name, since),
      heads: (names) => inner.queues.heads(names),
      totals: (since) => inner.queues.totals(since),
    },
    commit: fragile((group) => inner.commit(group)),
    ping: fragile(() => inner.ping()),
  });
  return {
    storage,
    break: () => {
      broken = true;
    },
  };
}

describe("the manifest", () => {
  it("says what is true", async () => {
    await using test = await testServer();
    const { body } = await test.get("/ojs/manifest");
    expect(body).toMatchObject({
      specversion: "1.0",
      ojs_version: "1.0",
      implementation: { name: "openjobs", version: VERSION, language: "typescript" },
      conformance_level: 4,
      protocols: ["http"],
      backend: "memory",
      guarantees: { durability: "none" },
      limits: { max_batch_jobs: 10_000 },
    });
  });

  it("can be parsed by clients that expect booleans and strings", async () => {
    await using test = await testServer();
    const { body } = await test.get("/ojs/manifest");
    expect(Object.keys(body.capabilities)).toHaveLength(11);
    for (const value of Object.values(body.capabilities)) expect(typeof value).toBe("boolean");
    for (const value of body.extensions) expect(typeof value).toBe("string");
    expect(typeof body.backend).toBe("string");
  });

  it("has the version of the package", () => {
    const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(VERSION).toBe(manifest.version);
  });
});

describe("probes", () => {
  it.each([["/health"], ["/ojs/v1/health"]])("%s tells how the storage is", async (path) => {
    await using test = await testServer();
    const { status, body } = await test.get(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "ok",
      version: "1.0",
      uptime_seconds: expect.any(Number),
      backend: { type: "memory", status: "ok", latency_ms: expect.any(Number) },
    });
    for (const number of [body.uptime_seconds, body.backend.latency_ms]) expect(Number.isInteger(number)).toBe(true);
  });

  it("are 503 when the storage does not answer, without its error text", async () => {
    const { storage, break: breakIt } = fragileStorage();
    await using test = await testServer({ storage });
    expect((await test.get("/ready")).status).toBe(200);
    breakIt();
    for (const path of ["/ready", "/health", "/ojs/v1/health"]) {
      const answer = await test.get(path);
      expect(answer.status).toBe(503);
      expect(answer.headers["retry-after"]).toBe("1");
      expect(answer.text).not.toContain("fire");
    }
  });
});

describe("trouble of the storage", () => {
  it("is 503 with Retry-After, never 404 and never the driver's words", async () => {
    const { storage, break: breakIt } = fragileStorage();
    await using test = await testServer({ storage });
    const { id } = await test.enqueue();
    breakIt();
    const answers = [
      await test.get(`/ojs/v1/jobs/${id}`),
      await test.post("/ojs/v1/jobs", { type: "test.job", args: [] }),
      await test.post("/ojs/v1/workers/fetch", { queues: ["default"] }),
      await test.post("/ojs/v1/workers/ack", { job_id: id }),
      await test.get("/ojs/v1/queues"),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
      expect(answer.body.error).toMatchObject({ code: "backend_error", retryable: true });
      expect(answer.text).not.toContain("fire");
    }
  });
});
