/** Heartbeats, and workers that stop sending them (worker-protocol §4, §10). */
import { expect } from "vitest";
import { aWorker } from "../storage/bench.ts";
import type { EngineBehaviour } from "./bench.ts";

export const workerBehaviours: readonly EngineBehaviour[] = [
  {
    name: "extends exactly the listed jobs, by their own lease length",
    async run(bench) {
      const kept = await bench.active({ visibilityMs: 10_000 });
      const forgotten = await bench.active({ visibilityMs: 10_000 });
      await bench.advance(6_000);
      const answer = await bench.beat([kept]);
      expect(answer).toMatchObject({ state: "running", extended: [kept.id], lost: [], cancelled: [] });
      expect(answer.serverTime).toBe(bench.clock.now());
      await bench.advance(6_000);
      expect(await bench.stateOf(kept)).toBe("active");
      expect(await bench.stateOf(forgotten)).toBe("available");
    },
  },
  {
    name: "names the jobs that the worker lost, and which of them were cancelled",
    async run(bench) {
      const cancelled = await bench.active();
      const done = await bench.active();
      await bench.engine.cancel(cancelled.id);
      await bench.ack(done);
      const answer = await bench.beat([cancelled, done]);
      expect(answer).toMatchObject({ extended: [], lost: [cancelled.id, done.id], cancelled: [cancelled.id] });
    },
  },
  {
    name: "does not let heartbeats prolong the execution timeout",
    async run(bench) {
      const job = await bench.active({ timeoutMs: 50_000, visibilityMs: 30_000 });
      for (let beat = 0; beat < 4; beat += 1) {
        await bench.advance(12_000);
        await bench.beat([job]);
      }
      expect(await bench.stateOf(job)).toBe("active");
      await bench.advance(2_000);
      expect(await bench.job(job)).toMatchObject({ state: "retryable", attempt: 1 });
      expect(JSON.parse((await bench.job(job)).errors ?? "[]")).toMatchObject([{ type: "timeout" }]);
    },
  },
  {
    name: "releases the jobs of a worker that has been silent for 30 s, by the timer alone",
    async run(bench) {
      const job = await bench.active({ visibilityMs: 600_000 });
      await bench.beat([job]);
      await bench.advance(29_999);
      expect(await bench.stateOf(job)).toBe("active");
      await bench.advance(1);
      expect(bench.eventsOf(job.id).slice(-2)).toEqual(["job.failed", "job.enqueued"]);
      const released = await bench.job(job);
      expect(released).toMatchObject({ state: "available", attempt: 1, expiries: 1 });
      expect(JSON.parse(released.errors ?? "[]")).toMatchObject([{ type: "worker_death", attempt: 1 }]);
      expect(bench.eventsOf("worker-1").at(-1)).toBe("worker.stopped");
    },
  },
  {
    name: "leaves jobs of a worker that never beats alone until their lease ends",
    async run(bench) {
      const job = await bench.active({ visibilityMs: 120_000 });
      await bench.advance(119_999);
      expect(await bench.stateOf(job)).toBe("active");
      await bench.advance(1);
      expect(await bench.stateOf(job)).toBe("available");
    },
  },
  {
    name: "knows a worker as it was at its last beat, until it leaves or is silent for 30 s",
    async run(bench) {
      const unknown = { code: "not_found", status: 404 };
      await expect(bench.engine.getWorker("worker-1")).rejects.toMatchObject(unknown);
      await bench.beat();
      await bench.advance(1_000);
      await bench.beat([], { worker: aWorker({ id: "worker-1", state: "quiet", activeJobs: 2 }) });
      expect(await bench.engine.getWorker("worker-1")).toMatchObject({
        worker: { state: "quiet", activeJobs: 2, lastBeatAt: bench.clock.now() },
      });
      await bench.beat([], { leaving: true });
      await expect(bench.engine.getWorker("worker-1")).rejects.toMatchObject(unknown);
      await bench.beat();
      await bench.advance(30_000);
      await expect(bench.engine.getWorker("worker-1")).rejects.toMatchObject(unknown);
    },
  },
  {
    name: "keeps a worker alive as long as it beats",
    async run(bench) {
      const job = await bench.active({ visibilityMs: 600_000 });
      for (let beat = 0; beat < 6; beat += 1) {
        await bench.beat([job]);
        await bench.advance(20_000);
      }
      expect(await bench.stateOf(job)).toBe("active");
      const types = bench.eventsOf("worker-1");
      expect(types.filter((type) => type === "worker.started")).toHaveLength(1);
      expect(types).not.toContain("worker.stopped");
    },
  },
  {
    name: "takes back at once, without an attempt, what a worker that says goodbye holds but does not list",
    async run(bench) {
      const listed = await bench.active();
      const unheard = await bench.active();
      const others = await bench.active({}, { workerId: "worker-2" });
      await bench.beat([listed], { worker: aWorker({ id: "worker-1", state: "terminate" }), leaving: true });
      expect(await bench.stateOf(listed)).toBe("active");
      expect(await bench.job(unheard)).toMatchObject({ state: "available", attempt: 1, returned: 1, errors: null });
      expect(await bench.stateOf(others)).toBe("active");
    },
  },
  {
    name: "forgets a worker that says goodbye, and tells its life in events",
    async run(bench) {
      const states = ["running", "quiet", "quiet", "terminate"] as const;
      for (const state of states) {
        const worker = aWorker({ id: "worker-1", state });
        await bench.beat([], { worker, leaving: state === "terminate" });
      }
      await bench.advance(120_000);
      expect(bench.eventsOf("worker-1")).toEqual([
        "worker.started",
        "worker.heartbeat",
        "worker.heartbeat",
        "worker.quiet",
        "worker.heartbeat",
        "worker.heartbeat",
        "worker.stopped",
      ]);
    },
  },
  {
    name: "obeys a job's test directive only with test hooks",
    async run(bench) {
      const job = await bench.active({ meta: '{"test_directive":"quiet"}', visibilityMs: 600_000 });
      expect((await bench.beat([job])).state).toBe("running");
      await bench.start({ testHooks: true });
      expect((await bench.beat([job])).state).toBe("quiet");
      expect((await bench.beat([])).state).toBe("running");
    },
  },
];
