import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../src/server/version.ts";
import { memory } from "../../src/storage/memory/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { testServer } from "./test-server.ts";

/** A storage that works until it is told not to. */
function fragileStorage(): { readonly storage: Storage; break(): void } {
  const storage = memory();
  let broken = false;
  const guard = <Args extends unknown[], T>(run: (...args: Args) => Promise<T>) => {
    return (...args: Args): Promise<T> => (broken ? Promise.reject(new Error("disk on fire")) : run(...args));
  };
  return {
    storage: {
      traits: storage.traits,
      jobs: { ...bound(storage.jobs), get: guard((ids) => storage.jobs.get(ids)) },
      queues: { ...bound(storage.queues), list: guard((page) => storage.queues.list(page)) },
      workers: storage.workers,
      open: () => storage.open(),
      commit: guard((group) => storage.commit(group)),
      ping: guard(() => storage.ping()),
      close: () => storage.close(),
    },
    break: () => {
      broken = true;
    },
  };
}

/** Methods of a class instance as a plain object. */
function bound<T extends object>(target: T): T {
  return new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(object, name);
      return typeof value === "function" ? value.bind(object) : value;
    },
    ownKeys: (object) => [...new Set([...Reflect.ownKeys(object), ...Reflect.ownKeys(Object.getPrototypeOf(object))])],
    getOwnPropertyDescriptor: (object, name) => ({
      value: Reflect.get(object, name),
      enumerable: true,
      configurable: true,
    }),
  });
}

describe("the manifest", () => {
  it("says what is true", async () => {
    await using test = await testServer();
    const { body } = await test.get("/ojs/manifest");
    expect(body).toMatchObject({
      specversion: "1.0",
      ojs_version: "1.0",
      implementation: { name: "openjobs", version: VERSION, language: "typescript" },
      conformance_level: 1,
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
