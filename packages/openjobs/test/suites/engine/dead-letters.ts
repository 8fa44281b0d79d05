/** Jobs that have used up their attempts and are kept (ojs-dead-letter). */
import { expect } from "vitest";
import type { JobRecord } from "../../../src/core/job.ts";
import { jobId } from "../../support/jobs.ts";
import { type EngineBehaviour, type EngineBench, retry } from "./bench.ts";

async function deadLetter(bench: EngineBench, queue = "email"): Promise<JobRecord> {
  const policy = retry({ on_exhaustion: "dead_letter" });
  return bench.nack(await bench.active({ queue, maxAttempts: 1, ...policy }, { queues: [queue] }));
}

export const deadLetterBehaviours: readonly EngineBehaviour[] = [
  {
    name: "lists dead letters, the latest first, page by page and by queue",
    async run(bench) {
      const jobs: JobRecord[] = [];
      for (const queue of ["email", "other", "email"]) {
        jobs.push(await deadLetter(bench, queue));
        await bench.advance(10);
      }
      const [first, second, third] = jobs;
      const page = await bench.engine.listDeadLetters({}, { limit: 2 });
      expect(page).toMatchObject({ total: 3, items: [{ id: third?.id }, { id: second?.id }] });
      const rest = await bench.engine.listDeadLetters({}, { limit: 2, after: page.next ?? "" });
      expect(rest.items.map(({ id }) => id)).toEqual([first?.id]);
      const other = await bench.engine.listDeadLetters({ queue: "other" }, { limit: 2 });
      expect(other.items.map(({ id }) => id)).toEqual([second?.id]);
    },
  },
  {
    name: "brings a dead letter back with fresh attempts and its history",
    async run(bench) {
      const dead = await deadLetter(bench);
      const back = await bench.engine.retryDeadLetter(dead.id);
      expect(back).toMatchObject({ state: "available", attempt: 0, deadLetter: false, errors: dead.errors });
      expect((await bench.engine.listDeadLetters({}, { limit: 5 })).total).toBe(0);
      const again = await bench.fetchOne();
      expect(again).toMatchObject({ id: dead.id, attempt: 1, lease: 2 });
      // The claim that died must not finish the one that lives, although both are the first attempt.
      await expect(bench.ack(dead)).rejects.toMatchObject({ code: "conflict" });
      await expect(bench.engine.retryDeadLetter(dead.id)).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "deletes a dead letter for good",
    async run(bench) {
      const dead = await deadLetter(bench);
      await bench.engine.deleteDeadLetter(dead.id);
      await expect(bench.job(dead)).rejects.toMatchObject({ code: "not_found" });
      await expect(bench.engine.deleteDeadLetter(dead.id)).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "touches nothing that is no dead letter",
    async run(bench) {
      const waiting = await bench.enqueue();
      const discarded = await bench.nack(await bench.active({ queue: "other", maxAttempts: 1 }, { queues: ["other"] }));
      expect(discarded.state).toBe("discarded");
      for (const id of [waiting.id, discarded.id, jobId(99)]) {
        await expect(bench.engine.retryDeadLetter(id)).rejects.toMatchObject({ code: "not_found" });
        await expect(bench.engine.deleteDeadLetter(id)).rejects.toMatchObject({ code: "not_found" });
      }
      expect(await bench.stateOf(waiting)).toBe("available");
    },
  },
  {
    name: "lets one of a concurrent retry and deletion win",
    async run(bench) {
      const dead = await deadLetter(bench);
      const outcomes = await Promise.allSettled([
        bench.engine.retryDeadLetter(dead.id),
        bench.engine.deleteDeadLetter(dead.id),
      ]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    },
  },
];
