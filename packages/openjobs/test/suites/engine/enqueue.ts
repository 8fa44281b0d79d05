/** Accepting jobs: one, many, again. */
import { expect } from "vitest";
import { sampleRequest } from "../../core/sample-job.ts";
import { jobId } from "../../support/jobs.ts";
import { type EngineBehaviour, QUEUE } from "./bench.ts";

export const enqueueBehaviours: readonly EngineBehaviour[] = [
  {
    name: "accepts a job and finds it again",
    async run(bench) {
      const { job, created } = await bench.engine.enqueue(sampleRequest({ args: '["\\u0000",12]' }));
      expect(created).toBe(true);
      expect(job).toMatchObject({ state: "available", attempt: 0, digest: null });
      expect(await bench.job(job)).toMatchObject({ id: job.id, args: '["\\u0000",12]', state: "available" });
    },
  },
  {
    name: "answers a repeated request of a client that chose the id with the job as it is now",
    async run(bench) {
      const request = sampleRequest({ id: jobId(1), source: '{"type":"a"}' });
      const first = await bench.engine.enqueue(request);
      await bench.fetchOne();
      const again = await bench.engine.enqueue(request);
      expect(first.created).toBe(true);
      expect(again).toMatchObject({ created: false, job: { id: jobId(1), state: "active" } });
      expect(bench.eventsOf(jobId(1))).toEqual(["job.enqueued", "job.started"]);
    },
  },
  {
    name: "refuses another job with the same id",
    async run(bench) {
      await bench.enqueue({ id: jobId(1), source: '{"type":"a"}' });
      await expect(bench.enqueue({ id: jobId(1), source: '{"type":"b"}' })).rejects.toMatchObject({
        code: "duplicate",
        status: 409,
        retryable: false,
        details: { existing_job_id: jobId(1) },
      });
    },
  },
  {
    name: "refuses an id that the server gave to another job",
    async run(bench) {
      const { id } = await bench.enqueue({ source: '{"type":"a"}' });
      await expect(bench.enqueue({ id, source: '{"type":"a"}' })).rejects.toMatchObject({ code: "duplicate" });
    },
  },
  {
    name: "lets exactly one of many concurrent requests with one id win",
    async run(bench) {
      const bodies = Array.from({ length: 20 }, (_, index) => `{"type":"${index % 4}"}`);
      const asked = bodies.map((source) => bench.engine.enqueue(sampleRequest({ id: jobId(1), source })));
      const answers = await Promise.allSettled(asked);
      const accepted = answers.filter((answer) => answer.status === "fulfilled").map(({ value }) => value);
      expect(accepted.filter(({ created }) => created)).toHaveLength(1);
      expect(accepted).toHaveLength(5);
      expect((await bench.engine.queueStats(QUEUE)).queue.counts.available).toBe(1);
    },
  },
  {
    name: "accepts a batch as a whole, in its order",
    async run(bench) {
      const requests = Array.from({ length: 1_200 }, (_, index) => sampleRequest({ args: `[${index}]` }));
      const enqueued = await bench.engine.enqueueBatch(requests);
      expect(enqueued.map(({ job }) => job.args)).toEqual(requests.map(({ args }) => args));
      const fetched = [...(await bench.fetch({ count: 700 })), ...(await bench.fetch({ count: 700 }))];
      expect(fetched.map(({ id }) => id)).toEqual(enqueued.map(({ job }) => job.id));
    },
  },
  {
    name: "accepts nothing of a batch with one taken id, and says which",
    async run(bench) {
      await bench.enqueue({ id: jobId(7), source: "1" });
      const batch = [sampleRequest(), sampleRequest({ id: jobId(7), source: "2" }), sampleRequest()];
      await expect(bench.engine.enqueueBatch(batch)).rejects.toMatchObject({
        code: "duplicate",
        details: { field: "jobs[1].id", existing_job_id: jobId(7) },
      });
      expect((await bench.engine.queueStats(QUEUE)).queue.counts.available).toBe(1);
    },
  },
  {
    name: "answers a repeated batch, but not a batch that is only partly known",
    async run(bench) {
      const batch = [1, 2].map((number) => sampleRequest({ id: jobId(number), source: `${number}` }));
      await bench.engine.enqueueBatch(batch);
      const again = await bench.engine.enqueueBatch(batch);
      expect(again.map(({ job, created }) => [job.id, created])).toEqual([
        [jobId(1), false],
        [jobId(2), false],
      ]);
      const longer = [...batch, sampleRequest({ id: jobId(3), source: "3" })];
      await expect(bench.engine.enqueueBatch(longer)).rejects.toMatchObject({
        code: "duplicate",
        details: { field: "jobs[0].id" },
      });
      await expect(bench.job({ id: jobId(3) })).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "refuses a batch that has an id twice",
    async run(bench) {
      const batch = [sampleRequest({ id: jobId(1) }), sampleRequest({ id: jobId(1) })];
      await expect(bench.engine.enqueueBatch(batch)).rejects.toMatchObject({
        code: "invalid_request",
        status: 400,
        details: { field: "jobs[1].id" },
      });
      expect(await bench.engine.enqueueBatch([])).toEqual([]);
    },
  },
  {
    name: "keeps a pending job until it is activated",
    async run(bench) {
      const job = await bench.enqueue({ pending: true });
      expect(job.state).toBe("pending");
      expect(await bench.fetch()).toEqual([]);
      const activated = await bench.engine.activate(job.id);
      expect(activated).toMatchObject({ previousState: "pending", job: { state: "available" } });
      expect((await bench.fetchOne()).id).toBe(job.id);
      await expect(bench.engine.activate(job.id)).rejects.toMatchObject({ code: "conflict" });
    },
  },
  {
    name: "cancels whatever has not ended, once",
    async run(bench) {
      const running = await bench.active();
      const waiting = await bench.enqueue();
      const scheduled = await bench.enqueue({ scheduledAt: bench.clock.now() + 1_000 });
      for (const { id, state } of [{ ...running }, waiting, scheduled]) {
        const { job, previousState } = await bench.engine.cancel(id);
        expect([job.state, job.endedAt, previousState]).toEqual(["cancelled", bench.clock.now(), state]);
        await expect(bench.engine.cancel(id)).rejects.toMatchObject({ code: "conflict" });
      }
      await bench.advance(2_000);
      expect(await bench.fetch()).toEqual([]);
      await expect(bench.engine.cancel(jobId(99))).rejects.toMatchObject({ code: "not_found" });
    },
  },
];
