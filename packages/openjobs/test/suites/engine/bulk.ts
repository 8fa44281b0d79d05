/** Accepting many jobs, each by itself or all together, and once for each idempotency key. */
import { expect } from "vitest";
import { OjsError, ojsError } from "../../../src/core/errors.ts";
import type { NewJob } from "../../../src/core/job-request.ts";
import type { BulkItem, KeyedBulk } from "../../../src/engine/bulk-request.ts";
import { sampleRequest } from "../../core/sample-job.ts";
import { jobId } from "../../support/jobs.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import { type EngineBehaviour, type EngineBench, QUEUE } from "./bench.ts";

const DAY = 86_400_000;

/** What became of each item, in short. */
function told(items: readonly BulkItem[]): string[] {
  return items.map((item) => {
    if (item instanceof OjsError) return `${item.code} ${item.details?.field ?? ""}`.trim();
    return `${item.created ? "new" : "known"} ${item.job.args}`;
  });
}

function numbered(...numbers: readonly number[]): NewJob[] {
  return numbers.map((number) => sampleRequest({ id: jobId(number), args: `[${number}]`, source: `${number}` }));
}

const wrong = ojsError("invalid_request", "This is no job.", { details: { field: "jobs[1].type" } });

async function waiting({ engine }: EngineBench): Promise<number> {
  const { items } = await engine.listQueues({ limit: 100 });
  return items.find(({ name }) => name === QUEUE)?.counts.available ?? 0;
}

function keyed(jobs: KeyedBulk["items"], fields: Partial<KeyedBulk> = {}): KeyedBulk {
  const answer = (items: readonly BulkItem[]) => ({ status: 201, body: JSON.stringify(told(items)) });
  return { items: jobs, atomic: false, key: "k", digest: "d", answer, ...fields };
}

export const bulkBehaviours: readonly EngineBehaviour[] = [
  {
    name: "accepts the good jobs of a bulk in their order, and says what is wrong with each other one",
    async run(bench) {
      await bench.enqueue({ id: jobId(7), source: "other" });
      const jobs = [...numbered(1), wrong, ...numbered(7, 2), sampleRequest({ args: "[3]" })];
      const items = await bench.engine.enqueueBulk({ items: jobs, atomic: false });
      expect(told(items)).toEqual([
        "new [1]",
        "invalid_request jobs[1].type",
        "duplicate jobs[2].id",
        "new [2]",
        "new [3]",
      ]);
      expect((await bench.fetch({ count: 9 })).map(({ args }) => args).slice(1)).toEqual(["[1]", "[2]", "[3]"]);
      expect(bench.eventsOf(jobId(2))).toEqual(["job.enqueued", "job.started"]);
    },
  },
  {
    name: "answers a repeated bulk job by job, and adds only what is new",
    async run(bench) {
      await bench.engine.enqueueBulk({ items: numbered(1, 2), atomic: false });
      const again = await bench.engine.enqueueBulk({ items: numbered(1, 3, 2), atomic: false });
      expect(told(again)).toEqual(["known [1]", "new [3]", "known [2]"]);
      expect(await waiting(bench)).toBe(3);
      expect(bench.eventsOf(jobId(1))).toEqual(["job.enqueued"]);
    },
  },
  {
    name: "lets the first of two items with one id win",
    async run(bench) {
      for (const atomic of [false, true]) {
        const base = atomic ? 10 : 20;
        const items = [...numbered(base, base), sampleRequest({ id: jobId(base), source: "other" })];
        const outcome = await bench.engine.enqueueBulk({ items: atomic ? items.slice(0, 2) : items, atomic });
        expect(told(outcome).slice(0, 2)).toEqual([`new [${base}]`, `known [${base}]`]);
        if (!atomic) expect(told(outcome)[2]).toBe("duplicate jobs[2].id");
      }
      expect(await waiting(bench)).toBe(2);
    },
  },
  {
    name: "takes a bulk that is larger than a group, also when one id in it is taken",
    async run(bench) {
      await bench.enqueue({ id: jobId(700), source: "other" });
      const jobs = numbered(...Array.from({ length: 1_200 }, (_, index) => index + 1));
      const items = await bench.engine.enqueueBulk({ items: jobs, atomic: false });
      expect(told(items)).toEqual(
        jobs.map(({ id, args }) => (id === jobId(700) ? "duplicate jobs[699].id" : `new ${args}`)),
      );
      expect(await waiting(bench)).toBe(1_200);
    },
  },
  {
    name: "accepts nothing of an atomic bulk with one bad job, and tells the culprit from the others",
    async run(bench) {
      await bench.enqueue({ id: jobId(7), source: "other" });
      const withWrong = await bench.engine.enqueueBulk({ items: [...numbered(1), wrong], atomic: true });
      expect(told(withWrong)).toEqual(["rolled_back", "invalid_request jobs[1].type"]);
      const withTaken = await bench.engine.enqueueBulk({ items: numbered(1, 7), atomic: true });
      expect(told(withTaken)).toEqual(["rolled_back", "duplicate jobs[1].id"]);
      expect(await waiting(bench)).toBe(1);
      expect(told(await bench.engine.enqueueBulk({ items: numbered(1, 2), atomic: true }))).toEqual([
        "new [1]",
        "new [2]",
      ]);
      expect(told(await bench.engine.enqueueBulk({ items: numbered(1, 3), atomic: true }))).toEqual([
        "known [1]",
        "new [3]",
      ]);
      expect(await waiting(bench)).toBe(4);
    },
  },
  {
    name: "answers each item with the storage's trouble when nothing could be committed",
    async run(bench) {
      const broken = wrapStorage(bench.storage, { commit: () => Promise.reject(new Error("the disk is full")) });
      await bench.start({ storage: broken });
      const items = await bench.engine.enqueueBulk({ items: [...numbered(1), wrong], atomic: false });
      expect(told(items)).toEqual(["backend_error", "invalid_request jobs[1].type"]);
      await expect(bench.engine.enqueueBulk({ items: numbered(1), atomic: true })).rejects.toMatchObject({
        code: "backend_error",
      });
    },
  },
  {
    name: "carries out a bulk once under its key, and answers repetitions the same",
    async run(bench) {
      const jobs = [sampleRequest({ args: "[1]" }), wrong];
      const first = await bench.engine.enqueueBulkOnce(keyed(jobs));
      expect(JSON.parse(first.body)).toEqual(["new [1]", "invalid_request jobs[1].type"]);
      await bench.start();
      expect(await bench.engine.enqueueBulkOnce(keyed(jobs))).toEqual(first);
      expect(await waiting(bench)).toBe(1);
      const twice = await Promise.all([1, 2, 3].map(() => bench.engine.enqueueBulkOnce(keyed(jobs, { key: "k2" }))));
      expect(new Set(twice.map(({ body }) => body)).size).toBe(1);
      expect(await waiting(bench)).toBe(2);
    },
  },
  {
    name: "remembers that an atomic bulk was refused",
    async run(bench) {
      await bench.enqueue({ id: jobId(7), source: "other" });
      const refused = await bench.engine.enqueueBulkOnce(keyed(numbered(1, 7), { atomic: true }));
      expect(JSON.parse(refused.body)).toEqual(["rolled_back", "duplicate jobs[1].id"]);
      expect(await bench.engine.enqueueBulkOnce(keyed(numbered(1, 7), { atomic: true }))).toEqual(refused);
      expect(await waiting(bench)).toBe(1);
    },
  },
  {
    name: "refuses another request under a key, until a day has passed",
    async run(bench) {
      await bench.engine.enqueueBulkOnce(keyed([sampleRequest()]));
      const other = keyed([sampleRequest(), sampleRequest()], { digest: "other" });
      await bench.advance(DAY - 1);
      await expect(bench.engine.enqueueBulkOnce(other)).rejects.toMatchObject({ code: "conflict", status: 409 });
      await bench.advance(1);
      expect(JSON.parse((await bench.engine.enqueueBulkOnce(other)).body)).toHaveLength(2);
      expect(await waiting(bench)).toBe(3);
    },
  },
  {
    name: "keeps jobs and answer together when the commit fails",
    async run(bench) {
      const inner = bench.storage;
      let broken = true;
      const failing = wrapStorage(inner, {
        commit: (group) => (broken ? Promise.reject(new Error("no disk")) : inner.commit(group)),
      });
      await bench.start({ storage: failing });
      const request = keyed([sampleRequest()]);
      await expect(bench.engine.enqueueBulkOnce(request)).rejects.toMatchObject({ code: "backend_error" });
      broken = false;
      await bench.engine.enqueueBulkOnce(request);
      expect(await waiting(bench)).toBe(1);
    },
  },
];
