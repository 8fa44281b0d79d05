/** Whoever listens is told every move of a job while it happens (ojs-realtime §4.1). */
import { expect } from "vitest";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import type { ListenRequest } from "../../../src/engine/live/live-engine.ts";
import { Listener } from "../../support/listener.ts";
import { stepOf } from "../../support/workflows.ts";
import { type EngineBehaviour, type EngineBench, retry } from "./bench.ts";

async function listen(bench: EngineBench, request: Partial<ListenRequest> = {}): Promise<Listener> {
  const listener = new Listener();
  const subscription = await bench.engine.subscribe({ channels: [{ kind: "all" }], filter: {}, ...request });
  subscription.begin(listener);
  return listener;
}

export const liveBehaviours: readonly EngineBehaviour[] = [
  {
    name: "tells every move of a job from one state to the next",
    async run(bench) {
      const all = await listen(bench);
      const policy = retry({ initial_interval: "PT1S", jitter: false, on_exhaustion: "dead_letter" });
      const { id } = await bench.enqueue({ maxAttempts: 2, scheduledAt: bench.clock.now() + 1_000, ...policy });
      const own = await listen(bench, { channels: [{ kind: "job", name: id }] });
      await bench.advance(1_000);
      const first = await bench.fetchOne();
      await bench.beat([first]);
      await bench.nack(first);
      await bench.advance(1_000);
      const second = await bench.fetchOne();
      await bench.engine.release([second]);
      await bench.nack(await bench.fetchOne());
      await bench.engine.retryDeadLetter(id);
      await bench.ack(await bench.fetchOne());
      await bench.advance(10);
      const moves = [
        "scheduled > available",
        "available > active",
        "active > retryable",
        "retryable > available",
        "available > active",
        "active > available",
        "available > active",
        "active > discarded",
      ];
      expect(all.moves(id)).toEqual([...moves, "discarded > available", "available > active", "active > completed"]);
      expect(own.moves().slice(0, moves.length)).toEqual(moves);
      expect(own.hasEnded).toBe(true);
    },
  },
  {
    name: "tells of a release from outside, and of an end by time",
    async run(bench) {
      const all = await listen(bench);
      const { id } = await bench.enqueue({ pending: true, expiresAt: bench.clock.now() + 1_000 });
      await bench.engine.activate(id);
      await bench.advance(1_100);
      expect(all.moves(id)).toEqual(["pending > available", "available > discarded"]);
    },
  },
  {
    name: "tells of the members of a cancelled workflow what they were",
    async run(bench) {
      const all = await listen(bench);
      const { engine } = bench;
      const body = { type: "group", jobs: [stepOf("a"), stepOf("b")] };
      const { workflow } = await engine.createWorkflow(
        readWorkflow(body, { now: engine.now(), newId: engine.newJobId }),
      );
      const active = await bench.fetchOne({ queues: ["default"] });
      await engine.cancelWorkflow(workflow.id);
      await bench.advance(10);
      expect(all.moves(active.id)).toEqual(["available > active", "active > cancelled"]);
      expect(
        all
          .moves()
          .filter((move) => move.endsWith("cancelled"))
          .sort(),
      ).toEqual(["active > cancelled", "available > cancelled"]);
    },
  },
  {
    name: "tells those who come too late how a job has ended",
    async run(bench) {
      const scheduled = await bench.enqueue({ scheduledAt: bench.clock.now() + 60_000 });
      await bench.engine.cancel(scheduled.id);
      const retryable = await bench.active(retry({ initial_interval: "PT1M", jitter: false }));
      await bench.nack(retryable);
      await bench.engine.cancel(retryable.id);
      const active = await bench.active();
      await bench.engine.cancel(active.id);
      const expired = await bench.enqueue({ expiresAt: bench.clock.now() + 1_000 });
      const failed = await bench.active({ maxAttempts: 1, queue: "other" }, { queues: ["other"] });
      await bench.nack(failed);
      await bench.advance(1_000);
      const ends = new Map([
        [scheduled.id, "scheduled > cancelled"],
        [retryable.id, "retryable > cancelled"],
        [active.id, "active > cancelled"],
        [expired.id, "available > discarded"],
        [failed.id, "active > discarded"],
      ]);
      for (const [name, move] of ends) {
        const listener = await listen(bench, { channels: [{ kind: "job", name }] });
        expect(listener.moves()).toEqual([move]);
        expect(listener.hasEnded).toBe(true);
      }
    },
  },
  {
    name: "tells of a job whose time has come before anybody looked",
    async run(bench) {
      const { id } = await bench.enqueue({ expiresAt: bench.clock.now() + 1_000 });
      bench.clock.jump(2_000);
      const listener = await listen(bench, { channels: [{ kind: "job", name: id }] });
      expect(listener.moves()).toEqual(["available > discarded"]);
      expect(listener.hasEnded).toBe(true);
    },
  },
  {
    name: "refuses to listen to a job that does not exist, also beside one that does",
    async run(bench) {
      const { id } = await bench.enqueue();
      const channels = [id, bench.engine.newJobId()].map((name) => ({ kind: "job", name }) as const);
      await expect(bench.engine.subscribe({ channels, filter: {} })).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "loses nothing between the look at a job and the first event",
    async run(bench) {
      const job = await bench.active();
      const listener = new Listener();
      const place = await bench.engine.subscribe({ channels: [{ kind: "job", name: job.id }], filter: {} });
      await bench.ack(job);
      place.begin(listener);
      expect(listener.moves()).toEqual(["active > completed"]);
      expect(listener.hasEnded).toBe(true);
    },
  },
  {
    name: "takes so many listeners and no more",
    async run(bench) {
      await bench.start({ live: { readers: 1, waiting: 1 } });
      await listen(bench);
      await expect(listen(bench)).rejects.toMatchObject({ code: "rate_limited" });
    },
  },
];
