import { getEventListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import type { JobHandler, WorkerOptions } from "../../src/index.ts";
import { turns } from "../../src/testing/test-clock.ts";
import { startedBench, stopped, ways } from "./bench.ts";
import { disconnect, hang, refuse, wireJob } from "./stub-server.ts";

describe.each(ways)("an outcome that travels %s", (way) => {
  const begin = (handler: JobHandler, options: WorkerOptions = {}) => startedBench(handler, options, {}, way);

  const trouble = {
    "an answer 503": () => refuse(503, "backend_error"),
    "an answer 500": () => refuse(500, "internal_error"),
    "an answer 401": () => refuse(401, "unauthorized"),
    "an answer that is no JSON": () => ({ status: 200, headers: {}, body: "<html>" }),
    "a broken connection": disconnect,
  };

  describe("a success that cannot be told", () => {
    it.each(Object.entries(trouble))("is repeated after %s, and never becomes a failure", async (_, reply) => {
      const { server, clock, worker } = await begin(() => "result", { visibilityTimeout: "30s" });
      server.replies.ack = reply;
      server.push(wireJob());
      await clock.advance(20_000);
      expect(server.of("ack").length).toBeGreaterThan(10);
      expect(worker.activeJobs).toBe(1);
      delete server.replies.ack;
      await clock.advance(1_000);
      expect(worker.activeJobs).toBe(0);
      expect(server.of("nack")).toHaveLength(0);
      expect(new Set(server.of("ack").map(({ body }) => JSON.stringify(body))).size).toBe(1);
    });

    it("is repeated for longer than the lease was long, because heartbeats keep extending it", async () => {
      const { server, clock, worker } = await begin(() => 1, { visibilityTimeout: "4s" });
      server.replies.ack = () => refuse(503, "backend_error");
      server.push(wireJob());
      await clock.advance(60_000);
      expect(worker.activeJobs).toBe(1);
      delete server.replies.ack;
      await clock.advance(6_000);
      expect(worker.activeJobs).toBe(0);
      expect(server.of("nack")).toHaveLength(0);
    });

    it("is given up when the lease is over, with a warning, and the slot is free again", async () => {
      const { server, clock, worker, complaints } = await begin(() => 1, { visibilityTimeout: "10s" });
      server.replies.ack = disconnect;
      server.replies.heartbeat = disconnect;
      server.push(wireJob());
      await clock.advance(9_000);
      expect(worker.activeJobs).toBe(1);
      await clock.advance(2_500);
      expect(worker.activeJobs).toBe(0);
      expect(server.of("nack")).toHaveLength(0);
      expect(complaints().at(-1)).toContain("lease ran out");
    });

    it("waits as Retry-After says, but no longer than a lease can bear", async () => {
      const { server, clock } = await begin(() => 1);
      server.replies.ack = () => refuse(429, "rate_limited", { "retry-after": "3600" });
      server.push(wireJob());
      await clock.advance(14_000);
      expect(server.of("ack")).toHaveLength(3);
    });

    it("does not wait for ever for an answer", async () => {
      const { server, clock } = await begin(() => 1, { requestTimeout: "3s" });
      server.replies.ack = hang;
      server.push(wireJob());
      await clock.advance(3_500);
      expect(server.of("ack")).toHaveLength(2);
    });
  });

  describe("an outcome that comes too late", () => {
    it.each([404, 409])("is not repeated after %d", async (status) => {
      const { server, clock, worker, complaints } = await begin(() => 1);
      server.replies.ack = () => refuse(status, "conflict");
      server.push(wireJob());
      await clock.advance(10_000);
      expect(server.of("ack")).toHaveLength(1);
      expect(server.of("nack")).toHaveLength(0);
      expect(worker.activeJobs).toBe(0);
      expect(complaints()).toEqual([expect.stringContaining("no longer counts this worker")]);
    });

    it("is no warning when it was a failure: the server has come to the same end", async () => {
      const { server, clock, worker, complaints } = await begin(() => Promise.reject(new Error("no")));
      server.replies.nack = () => refuse(409, "conflict");
      server.push(wireJob());
      await clock.advance(10_000);
      expect(server.of("nack")).toHaveLength(1);
      expect(worker.activeJobs).toBe(0);
      expect(complaints()).toEqual([]);
    });
  });

  describe("a failure that cannot be told", () => {
    it("is repeated like a success", async () => {
      const { server, clock, worker } = await begin(() => Promise.reject(new Error("no")));
      server.replies.nack = disconnect;
      server.push(wireJob());
      await clock.advance(5_000);
      delete server.replies.nack;
      await clock.advance(1_000);
      expect(worker.activeJobs).toBe(0);
      expect(server.of("ack")).toHaveLength(0);
    });

    it("is dropped when the server refuses it", async () => {
      const { server, clock, worker, complaints } = await begin(() => Promise.reject(new Error("no")));
      server.replies.nack = () => refuse(422, "validation_error");
      server.push(wireJob());
      await clock.advance(5_000);
      expect(server.of("nack")).toHaveLength(1);
      expect(worker.activeJobs).toBe(0);
      expect(complaints()).toEqual([expect.stringContaining("refuses what it says")]);
    });
  });

  describe("ten thousand jobs", () => {
    it("leave no listener and no timer behind", async () => {
      const signals = new Set<AbortSignal>();
      const add = AbortSignal.prototype.addEventListener;
      vi.spyOn(AbortSignal.prototype, "addEventListener").mockImplementation(function (this: AbortSignal, ...args) {
        signals.add(this);
        return add.apply(this, args);
      });
      let done = 0;
      const made = await begin(
        async (job) => {
          done += 1;
          if (done % 3 === 0) throw new Error("no");
          return job.id;
        },
        { concurrency: 50 },
      );
      made.server.push(...Array.from({ length: 10_000 }, () => wireJob({ timeout_ms: 60_000 })));
      while (made.server.waiting > 0 || made.worker.activeJobs > 0) await turns();
      expect(done).toBe(10_000);
      const listening = [...signals].filter((signal) => getEventListeners(signal, "abort").length > 0);
      expect(listening.length).toBeLessThan(10);
      for (const signal of listening) expect(getEventListeners(signal, "abort").length).toBeLessThan(5);
      await stopped(made);
      expect(made.clock.nextAlarm).toBeUndefined();
      const left = [...signals].filter((signal) => !signal.aborted && getEventListeners(signal, "abort").length > 0);
      expect(left).toEqual([]);
    });
  });
});
