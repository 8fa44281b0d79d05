/** Fetches that do not take every job: those of a tenant, those that a runtime can run (docs/adr/029-choosy-fetches.md). */
import { expect } from "vitest";
import type { NewJob } from "../../../src/core/job-request.ts";
import { laneOf } from "../../../src/core/lane.ts";
import { type EngineBehaviour, type EngineBench, QUEUE } from "./bench.ts";

function ofTenant(bench: EngineBench, tenant: string, fields: Partial<NewJob> = {}) {
  return bench.enqueue({ meta: JSON.stringify({ tenant_id: tenant }), ...fields });
}

async function fetchIds(bench: EngineBench, request: Parameters<EngineBench["fetch"]>[0]): Promise<string[]> {
  return (await bench.fetch(request)).map(({ id }) => id);
}

const ACME = { choice: { tenant: "acme" }, count: 100 };

export const choosyBehaviours: readonly EngineBehaviour[] = [
  {
    name: "gives a tenant its own jobs and no others, in the order of claiming, each once",
    async run(bench) {
      const first = await ofTenant(bench, "acme");
      await ofTenant(bench, "other");
      await ofTenant(bench, "acme.2");
      await bench.enqueue();
      await bench.enqueue({ meta: '{"inner":{"tenant_id":"acme"}}' });
      await bench.enqueue({ meta: '{"tenant_id":7,"inner":{"tenant_id":"acme"}}' });
      const second = await ofTenant(bench, "acme", { priority: 5 });
      const odd = await bench.enqueue({ meta: '{"a":"\\u0000\\ud800","b":"\\\\u0041","tenant_id":"acme"}' });
      await ofTenant(bench, "acme", { queue: "elsewhere" });
      expect(await fetchIds(bench, ACME)).toEqual([second.id, first.id, odd.id]);
      expect(await fetchIds(bench, ACME)).toEqual([]);
      expect((await bench.job(first)).state).toBe("active");
      expect(await fetchIds(bench, { count: 100 })).toHaveLength(5);
      expect(await bench.engine.tenantCounts("acme")).toEqual(
        new Map([
          ["active", 3],
          ["available", 1],
        ]),
      );
      expect((await bench.engine.queueStats(QUEUE)).queue.counts).toMatchObject({ available: 0, active: 8 });
    },
  },
  {
    name: "finds a tenant's job behind hundreds of others, and as many as were asked for",
    async run(bench) {
      for (let left = 250; left > 0; left -= 1) await ofTenant(bench, "other");
      for (let left = 5; left > 0; left -= 1) await ofTenant(bench, "acme");
      expect(await fetchIds(bench, { ...ACME, count: 2 })).toHaveLength(2);
      expect(await fetchIds(bench, ACME)).toHaveLength(3);
      const tags = { choice: { runtimeTags: ["none"] } };
      const last = await bench.enqueue({ priority: -1 });
      for (let left = 201; left > 0; left -= 1) {
        await bench.enqueue({ queue: "tagged", meta: '{"ojs.ext_runtime":{"tags":["gpu"]}}' });
      }
      const fitting = await bench.enqueue({ queue: "tagged" });
      expect(await fetchIds(bench, { ...tags, queues: ["tagged", QUEUE], count: 1 })).toEqual([fitting.id]);
      expect((await bench.job(last)).state).toBe("available");
    },
  },
  {
    name: "gives a runtime the jobs that want no tags but its own",
    async run(bench) {
      const wants = (tags: unknown) => bench.enqueue({ meta: JSON.stringify({ "ojs.ext_runtime": { tags } }) });
      const any = await bench.enqueue();
      const both = await wants(["wasi", "gpu"]);
      const one = await wants(["wasi"]);
      const odd = await wants([1]);
      const none = await wants([]);
      expect(await fetchIds(bench, { choice: { runtimeTags: ["wasi"] }, count: 9 })).toEqual([any.id, one.id, none.id]);
      expect(await fetchIds(bench, { choice: { runtimeTags: ["gpu", "wasi"] }, count: 9 })).toEqual([both.id]);
      expect(await fetchIds(bench, { count: 9 })).toEqual([odd.id]);
    },
  },
  {
    name: "keeps to rate limits, with other fetches",
    async run(bench) {
      const limited = { lane: laneOf({ key: "k", concurrency: 2 }) };
      for (let left = 3; left > 0; left -= 1) await ofTenant(bench, "acme", limited);
      await ofTenant(bench, "other", limited);
      const plain = await ofTenant(bench, "acme");
      const jobs = await bench.fetch({ ...ACME });
      expect(jobs).toHaveLength(3);
      expect(jobs.at(-1)?.id).toBe(plain.id);
      expect(await bench.fetch({ count: 9 })).toEqual([]);
      for (const job of jobs) await bench.ack(job);
      expect(await bench.fetch({ count: 9 })).toHaveLength(2);
      expect(await bench.fetch({ ...ACME })).toEqual([]);
    },
  },
  {
    name: "gives nothing from a paused queue",
    async run(bench) {
      await ofTenant(bench, "acme");
      await bench.engine.pauseQueue(QUEUE);
      expect(await bench.fetch(ACME)).toEqual([]);
      await bench.engine.resumeQueue(QUEUE);
      expect(await bench.fetch(ACME)).toHaveLength(1);
    },
  },
  {
    name: "waits for a job that suits, is in nobody's way, and ends with its time",
    async run(bench) {
      const waiting = bench.fetch({ ...ACME, waitMs: 10_000 });
      const behind = bench.fetch({ waitMs: 10_000 });
      await bench.rest();
      const other = await ofTenant(bench, "other");
      expect((await behind).map(({ id }) => id)).toEqual([other.id]);
      const own = await ofTenant(bench, "acme");
      await bench.advance(500);
      expect((await waiting).map(({ id }) => id)).toEqual([own.id]);
      const inVain = bench.fetch({ ...ACME, waitMs: 1_200 });
      await bench.advance(1_200);
      expect(await inVain).toEqual([]);
    },
  },
];
