/** Every change tells the catalogue's events, in the order of the job's life (design 3.12). */
import { expect } from "vitest";
import { type EngineBehaviour, retry } from "./bench.ts";

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
