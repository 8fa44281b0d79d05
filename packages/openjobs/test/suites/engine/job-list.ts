/** The list of jobs that operators page through. */
import { expect } from "vitest";
import { JOB_STATES, type JobRecord, type JobState } from "../../../src/core/job.ts";
import type { JobFilter } from "../../../src/core/job-filter.ts";
import type { JobPage } from "../../../src/engine/admin-engine.ts";
import { sampleRequest } from "../../core/sample-job.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import { type EngineBehaviour, type EngineBench, QUEUE, retry } from "./bench.ts";

const NOBODY_LEFT = (): boolean => false;

function pageOf(bench: EngineBench, filter: Partial<JobFilter>, limit: number, after?: string): Promise<JobPage> {
  const query = { filter: { states: JOB_STATES, ...filter }, abandoned: NOBODY_LEFT };
  return bench.engine.listJobs(query, { limit, ...(after === undefined ? {} : { after }) });
}

/** The ids on all pages, and how many pages there were. */
async function allPages(bench: EngineBench, filter: Partial<JobFilter>, limit: number) {
  const found: string[] = [];
  let after: string | undefined;
  let pages = 0;
  do {
    const page = await pageOf(bench, filter, limit, after);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items.map(({ id }) => id));
    after = page.next;
    pages += 1;
  } while (after !== undefined);
  return { found, pages };
}

/** A job in each state, a dead letter, and another one that waits. */
async function oneOfEach(bench: EngineBench): Promise<Readonly<Record<string, JobRecord>>> {
  const once = { maxAttempts: 1 };
  const completed = await bench.active();
  await bench.ack(completed);
  const cancelled = await bench.enqueue();
  await bench.engine.cancel(cancelled.id);
  const discarded = await bench.nack(await bench.active({ ...once, ...retry({ max_attempts: 1 }) }));
  const buried = { max_attempts: 1, on_exhaustion: "dead_letter" };
  const deadLetter = await bench.nack(await bench.active({ ...once, ...retry(buried) }));
  const retryable = await bench.nack(await bench.active());
  const active = await bench.active();
  const pending = await bench.enqueue({ pending: true });
  const scheduled = await bench.enqueue({ scheduledAt: bench.clock.now() + 60_000 });
  const available = await bench.enqueue({ queue: "other", type: "report.build" });
  return { available, scheduled, pending, retryable, active, completed, cancelled, discarded, deadLetter };
}

async function many(bench: EngineBench, count: number, fields: Parameters<typeof sampleRequest>[0] = {}) {
  const enqueued = await bench.engine.enqueueBatch(Array.from({ length: count }, () => sampleRequest(fields)));
  return enqueued.map(({ job }) => job);
}

export const jobListBehaviours: readonly EngineBehaviour[] = [
  {
    name: "lists every job once over its pages, whatever their size, those that wait first and those that ended last",
    async run(bench) {
      const jobs = await oneOfEach(bench);
      const inOrder = Object.values(jobs).map(({ id }) => id);
      for (const limit of [1, 2, 5, 100]) expect((await allPages(bench, {}, limit)).found).toEqual(inOrder);
      expect((await allPages(bench, {}, 100)).pages).toBe(1);
    },
  },
  {
    name: "lists the jobs in some states, and counts them when nothing else was asked for",
    async run(bench) {
      const jobs = await oneOfEach(bench);
      for (const state of JOB_STATES) {
        const { items, total } = await pageOf(bench, { states: [state] }, 10);
        const wanted = state === "discarded" ? [jobs.discarded, jobs.deadLetter] : [jobs[state]];
        expect(items.map(({ id }) => id)).toEqual(wanted.map((job) => job?.id));
        expect(total).toBe(wanted.length);
      }
      expect(await pageOf(bench, { queue: "other" }, 10)).toMatchObject({ total: 1 });
      expect(await pageOf(bench, { queue: "nobody" }, 10)).toEqual({ items: [], total: 0 });
      expect((await pageOf(bench, { type: "report.build" }, 10)).total).toBeUndefined();
    },
  },
  {
    name: "lists the jobs that meet all conditions",
    async run(bench) {
      const { available, completed } = await oneOfEach(bench);
      const tagged = await bench.enqueue({ attributes: '{"tags":["red","big"]}' });
      const ids = async (filter: Partial<JobFilter>) => (await allPages(bench, filter, 3)).found;
      expect(await ids({ typePrefix: "report." })).toEqual([available?.id]);
      expect(await ids({ type: "report" })).toEqual([]);
      expect(await ids({ tags: ["big", "red"] })).toEqual([tagged.id]);
      expect(await ids({ states: ["completed"], queue: QUEUE })).toEqual([completed?.id]);
      expect(await ids({ states: ["completed"], queue: "other" })).toEqual([]);
      expect(await ids({ enqueuedAfter: bench.clock.now() })).toEqual([]);
    },
  },
  {
    name: "finds the few that meet a filter among many that do not, none twice and none left out",
    async run(bench) {
      const wanted: string[] = [];
      for (let round = 0; round < 5; round += 1) {
        await many(bench, 90);
        wanted.push((await bench.enqueue({ type: "rare" })).id);
      }
      for (const limit of [1, 2, 5]) expect((await allPages(bench, { type: "rare" }, limit)).found).toEqual(wanted);
    },
  },
  {
    name: "looks at so many jobs for a page and at no more, and goes on from there",
    async run(bench) {
      const [other] = await many(bench, 1);
      const { id } = await bench.enqueue({ type: "rare" });
      const inner = bench.storage;
      let looked = 0;
      /** As if there were 10,000 others before the rare one. */
      const walk: typeof inner.jobs.walk = async (set, limit, after) => {
        if (set.state !== "available" || looked >= 10_000) return inner.jobs.walk(set, limit);
        looked += limit;
        return { jobs: Array.from({ length: limit }, () => other!), next: after ?? "there" };
      };
      await bench.start({ storage: wrapStorage(inner, { jobs: { ...inner.jobs, walk } }) });
      const first = await pageOf(bench, { type: "rare" }, 10);
      expect(first.items).toEqual([]);
      expect(looked).toBeLessThan(10_000);
      looked = 10_000;
      expect((await pageOf(bench, { type: "rare" }, 10, first.next)).items).toMatchObject([{ id }]);
    },
  },
  {
    name: "stops looking when nobody waits for the page any more",
    async run(bench) {
      await many(bench, 3);
      const states: readonly JobState[] = ["available"];
      const page = await bench.engine.listJobs({ filter: { states }, abandoned: () => true }, { limit: 10 });
      expect(page.items).toEqual([]);
    },
  },
  {
    name: "refuses to go on from a place in a list of other jobs",
    async run(bench) {
      await many(bench, 3);
      const { next } = await pageOf(bench, { states: ["available"], queue: QUEUE }, 1);
      const elsewhere = [{ states: ["completed"] }, { queue: "other" }] as const;
      for (const filter of elsewhere) {
        await expect(pageOf(bench, filter, 1, next)).rejects.toMatchObject({ code: "invalid_request" });
      }
      await expect(pageOf(bench, {}, 1, "nonsense")).rejects.toMatchObject({ details: { field: "cursor" } });
    },
  },
];
