/** Every change tells the catalogue's events, in the order of the job's life (design 3.12). */
import { expect } from "vitest";
import type { JobRecord } from "../../../src/core/job.ts";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import { turns } from "../../../src/testing/test-clock.ts";
import { OvertakenStorage } from "../../support/overtaken-storage.ts";
import { stepOf } from "../../support/workflows.ts";
import { type EngineBehaviour, type EngineBench, retry } from "./bench.ts";

/** An engine whose store may work on two commits at a time. */
async function startOvertaken(bench: EngineBench): Promise<OvertakenStorage> {
  const overtaken = new OvertakenStorage(bench.storage);
  await bench.start({ storage: overtaken.storage });
  return overtaken;
}

export const eventBehaviours: readonly EngineBehaviour[] = [
  {
    name: "tells a job's life in order",
    async run(bench) {
      const policy = retry({ initial_interval: "PT1S", jitter: false, on_exhaustion: "dead_letter" });
      const { id } = await bench.enqueue({ maxAttempts: 2, scheduledAt: bench.clock.now() + 1_000, ...policy });
      await bench.advance(1_000);
      const first = await bench.fetchOne();
      await bench.beat([first]);
      await bench.nack(first);
      await bench.advance(1_000);
      await bench.nack(await bench.fetchOne());
      await bench.engine.retryDeadLetter(id);
      await bench.ack(await bench.fetchOne());
      expect(bench.eventsOf(id)).toEqual([
        "job.scheduled",
        "job.enqueued",
        "job.started",
        "job.heartbeat",
        "job.failed",
        "job.retrying",
        "job.enqueued",
        "job.started",
        "job.failed",
        "job.discarded",
        "job.enqueued",
        "job.started",
        "job.completed",
      ]);
    },
  },
  {
    name: "keeps the order of each job's events under load",
    async run(bench) {
      const work = Array.from({ length: 60 }, async () => {
        await bench.enqueue();
        const [job] = await bench.fetch({ waitMs: 1_000 });
        if (job !== undefined) await bench.ack(job);
        return job?.id ?? "";
      });
      for (const id of await Promise.all(work)) {
        expect(bench.eventsOf(id)).toEqual(["job.enqueued", "job.started", "job.completed"]);
      }
    },
  },
  {
    name: "keeps the order of a job's events when its insert overtakes the commit that claims it",
    async run(bench) {
      const overtaken = await startOvertaken(bench);
      overtaken.arm();
      const fetched = bench.fetch();
      await turns();
      const { id } = await bench.enqueue();
      expect((await fetched).map((job) => job.id)).toEqual([id]);
      expect(bench.eventsOf(id)).toEqual(["job.enqueued", "job.started"]);
    },
  },
  {
    name: "keeps the order of a job's events when what makes it available overtakes the commit that claims it",
    async run(bench) {
      const overtaken = await startOvertaken(bench);
      const { id } = await bench.enqueue({ pending: true });
      overtaken.arm();
      const fetched = bench.fetch();
      await turns();
      await bench.engine.activate(id);
      expect((await fetched).map((job) => job.id)).toEqual([id]);
      expect(bench.eventsOf(id)).toEqual(["job.enqueued", "job.started"]);
    },
  },
  {
    name: "keeps the order of a workflow's events when the ends of two members overtake each other",
    async run(bench) {
      const overtaken = await startOvertaken(bench);
      const { engine } = bench;
      const body = { type: "group", jobs: [stepOf("a"), stepOf("b")] };
      const { workflow } = await engine.createWorkflow(
        readWorkflow(body, { now: engine.now(), newId: engine.newJobId }),
      );
      const [a, b] = await bench.fetch({ queues: ["default"], count: 2 });
      const failing = (job: JobRecord) => bench.nack(job, { code: "DISCARD", message: "no" });
      overtaken.arm();
      const first = failing(a!);
      await turns();
      await Promise.all([first, failing(b!)]);
      expect(bench.eventsOf(workflow.id).slice(-3)).toEqual([
        "workflow.job_failed",
        "workflow.job_failed",
        "workflow.failed",
      ]);
    },
  },
  {
    name: "keeps the order of a job's events when a step's release overtakes the commit that claims it",
    async run(bench) {
      const overtaken = await startOvertaken(bench);
      const { engine } = bench;
      const body = { type: "batch", jobs: [stepOf("a")], callbacks: { on_failure: stepOf("b") } };
      await engine.createWorkflow(readWorkflow(body, { now: engine.now(), newId: engine.newJobId }));
      const a = await bench.fetchOne({ queues: ["default"] });
      overtaken.arm();
      const fetched = bench.fetch({ queues: ["default"] });
      await turns();
      await bench.nack(a, { code: "DISCARD", message: "no" });
      const [b] = await fetched;
      expect(b?.type).toBe("b");
      expect(bench.eventsOf(b!.id)).toEqual(["job.enqueued", "job.started"]);
    },
  },
  {
    name: "can be read piece by piece and by filter",
    async run(bench) {
      const jobs = [await bench.enqueue(), await bench.enqueue({ queue: "other" }), await bench.enqueue()];
      const { engine } = bench;
      const first = engine.listEvents({ limit: 2 });
      expect(first).toMatchObject({ hasMore: true, gap: false });
      const rest = engine.listEvents({ limit: 2, after: first.cursor ?? "" });
      expect(rest).toMatchObject({ hasMore: false, gap: false });
      expect([...first.events, ...rest.events].map(({ subject }) => subject)).toEqual(jobs.map(({ id }) => id));
      expect(engine.listEvents({ limit: 9, queues: ["other"] }).events).toHaveLength(1);
      expect(engine.listEvents({ limit: 9, types: ["job.failed"] }).events).toEqual([]);
      await bench.ack(await bench.fetchOne());
      const news = engine.listEvents({ limit: 9, after: rest.cursor ?? "" });
      expect(news.events.map(({ type }) => type)).toEqual(["job.started", "job.completed"]);
    },
  },
  {
    name: "tells nothing of what was refused",
    async run(bench) {
      const job = await bench.enqueue();
      const { cursor } = bench.engine.listEvents({ limit: 9 });
      await expect(bench.ack(job)).rejects.toMatchObject({ code: "conflict" });
      await expect(bench.engine.activate(job.id)).rejects.toMatchObject({ code: "conflict" });
      await bench.fetch({ queues: ["empty"] });
      expect(bench.engine.listEvents({ limit: 9, after: cursor ?? "" }).events).toEqual([]);
    },
  },
];
