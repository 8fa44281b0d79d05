import { describe, expect, it, vi } from "vitest";
import { OjsValidationError, OjsWorker } from "../../src/index.ts";
import { resolveSettings } from "../../src/worker/worker-options.ts";
import { bench, recordingLogger, startedBench, stopped } from "./bench.ts";
import { disconnect, wireJob } from "./stub-server.ts";

describe("options", () => {
  it("have the defaults of the specification", () => {
    expect(resolveSettings({})).toEqual({
      queues: ["default"],
      queueConcurrency: new Map(),
      concurrency: 10,
      prefetch: 0,
      gracePeriodMs: 25_000,
      heartbeatMs: 5_000,
      visibilityMs: 30_000,
      fetchWaitMs: 20_000,
      pollMs: 1_000,
      labels: [],
      exchange: true,
      backtrace: true,
      handleSignals: true,
    });
  });

  it("come from the environment where they are not given", () => {
    vi.stubEnv("OJS_QUEUE", "mail,bulk");
    vi.stubEnv("OJS_CONCURRENCY", "3");
    vi.stubEnv("OJS_SHUTDOWN_TIMEOUT", "7");
    expect(resolveSettings({})).toMatchObject({ queues: ["mail", "bulk"], concurrency: 3, gracePeriodMs: 7_000 });
    expect(resolveSettings({ queues: ["x"], concurrency: 1, gracePeriod: 0 })).toMatchObject({
      queues: ["x"],
      concurrency: 1,
      gracePeriodMs: 0,
    });
  });

  it.each([
    ["queues", { queues: [] }],
    ["queues", { queues: ["ok", "NOT OK"] }],
    ["queues", { queues: "mail" as unknown as string[] }],
    ["queues", { queues: [5 as unknown as string] }],
    ["queues[0].limit", { queues: [{ name: "mail", limit: 5 } as { name: string }] }],
    ["concurency", { concurency: 5 } as object],
    ["queue", { queue: "mail" } as object],
    ["gracePeriod", { gracePeriod: "soon" }],
    ["fetchWait", { fetchWait: -1 }],
    ["requestTimeout", { requestTimeout: "soon" }],
    ["concurrency", { concurrency: 0 }],
    ["concurrency", { concurrency: 1.5 }],
    ["concurrency", { concurrency: Number.NaN }],
    ["prefetch", { prefetch: -1 }],
    ["prefetch", { prefetch: 1_001 }],
    ["id", { id: "" }],
    ["visibilityTimeout", { visibilityTimeout: 0 }],
    ["heartbeatInterval", { heartbeatInterval: "0s" }],
    ["heartbeatInterval", { heartbeatInterval: "30s" }],
    ["pollInterval", { pollInterval: 0 }],
    ["url", { url: "jobs" }],
  ])("are checked when the worker is made: %s", (field, options) => {
    const make = () => new OjsWorker(options);
    expect(make).toThrow(OjsValidationError);
    expect(make).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) }));
  });

  it.each<[string, string, unknown[]]>([
    ["no type", "type", [undefined, () => 1]],
    ["an object of handlers", "type", [{ "email.send": () => 1 }]],
    ["no handler", "handler", ["email.send"]],
    ["options before the handler", "handler", ["email.send", { concurrency: 1 }, () => 1]],
    ["a misspelt option", "concurency", ["email.send", () => 1, { concurency: 1 }]],
  ])("and handlers are checked when they are registered: %s", (_, field, given) => {
    const worker = new OjsWorker({ handleSignals: false });
    const register: (...given: unknown[]) => unknown = worker.register.bind(worker) as never;
    expect(() => register(...given)).toThrow(expect.objectContaining({ details: { field } }));
  });

  it("ask the server to hold a fetch for thirty seconds at most", () => {
    expect(resolveSettings({ fetchWait: "5m" }).fetchWaitMs).toBe(30_000);
  });

  it("give every worker a name of its own, unless it has one", () => {
    expect(bench().worker.id).toMatch(/^worker_[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(bench().worker.id).not.toBe(bench().worker.id);
    expect(bench({ id: "w1" }).worker.id).toBe("w1");
  });

  it("send key and headers with every request", async () => {
    const made = bench({ apiKey: "secret", headers: { "X-Tenant": "a" } });
    const seen: Readonly<Record<string, string>>[] = [];
    const ask = made.server.request.bind(made.server);
    made.server.request = (request) => {
      seen.push(request.headers);
      return ask(request);
    };
    await made.worker.start();
    await made.clock.advance(0);
    expect(seen).toHaveLength(3); // manifest, heartbeat, fetch
    for (const headers of seen) expect(headers).toMatchObject({ authorization: "Bearer secret", "x-tenant": "a" });
    await stopped(made);
  });
});

describe("the log", () => {
  it("is the console for warnings and errors, if there is no logger", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const info = vi.spyOn(console, "info").mockImplementation(() => undefined);
    const made = bench();
    const worker = new OjsWorker({ transport: made.server, handleSignals: false }, { clock: made.clock });
    made.server.replies.fetch = disconnect;
    await worker.start();
    await made.clock.advance(10);
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/^openjobs worker: fetching/), expect.anything());
    expect(info).not.toHaveBeenCalled();
    await stopped({ ...made, worker });
  });

  it("cannot stop the worker by throwing", async () => {
    const logger = recordingLogger([]);
    logger.warn = () => {
      throw new Error("disk full");
    };
    const { server, clock } = await startedBench(() => 1, { logger, fetchWait: 100 });
    server.replies.fetch = disconnect;
    server.replies.heartbeat = disconnect;
    await clock.advance(30_000);
    delete server.replies.fetch;
    server.push(wireJob());
    await clock.advance(2_000);
    expect(server.acked).toHaveLength(1);
  });
});
