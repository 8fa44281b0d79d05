import { expect } from "vitest";
import { aDeadLetter, aJob, aScheduledJob, T0 } from "../../support/jobs.ts";
import { aWorker, type Behaviour, ids, pauseOf, removeOf } from "./bench.ts";

export const durabilityBehaviours: readonly Behaviour[] = [
  {
    name: "has every committed job after it was opened again, and no other",
    durable: true,
    run: async (bench) => {
      const active = await bench.claimed(aJob());
      const done = await bench.claimed(aJob());
      await bench.complete(done, {}, '"\\u0000"');
      const removed = await bench.inserted(aJob());
      await bench.unit(removeOf(removed));
      const others = await bench.insert(aJob(), aScheduledJob(), aDeadLetter(), aJob({ queue: "mail" }));
      const all = await bench.jobsOf([active, done, ...others]);
      await bench.reopen();
      expect(await bench.jobsOf(all)).toEqual(all);
      expect(await bench.exists(removed)).toBe(false);
    },
  },
  {
    name: "has queues, activity, dead letters, due times, leases and workers after it was opened again",
    durable: true,
    run: async (bench) => {
      const active = await bench.claimed(aJob());
      const letter = await bench.inserted(aDeadLetter());
      await bench.unit(pauseOf("mail"));
      await bench.beat({ worker: aWorker({ labels: ["a"] }) });
      const read = async () => ({
        queues: await bench.storage.queues.list({ limit: 10 }),
        activity: await bench.storage.queues.activity("default", T0),
        letters: await bench.storage.jobs.deadLetters({}, { limit: 10 }),
        nextDue: await bench.storage.jobs.nextDue(),
        leased: ids(await bench.storage.jobs.leasedBy("w1")),
        workers: await bench.storage.workers.silent(T0, 10),
      });
      const before = await read();
      await bench.reopen();
      expect(await read()).toEqual(before);
      expect(before).toMatchObject({ leased: [active.id], letters: { items: [{ id: letter.id }] } });
    },
  },
  {
    name: "goes on where it was: order, sequence, leases and guards",
    durable: true,
    run: async (bench) => {
      const [a, b] = await bench.insert(aJob(), aJob());
      const [claimed] = await bench.claim({ limit: 1 });
      await bench.reopen();
      const c = await bench.inserted(aJob());
      expect(c.seq).toBeGreaterThan(b!.seq);
      expect(await bench.update(a!, { state: "cancelled" })).toMatchObject({ reason: "changed" });
      expect(await bench.update(claimed!, { state: "available", dueAt: null, priority: 1 })).toEqual({ ok: true });
      expect(ids(await bench.claim())).toEqual(ids([a!, b!, c]));
      expect((await bench.job(a!)).lease).toBe(2);
    },
  },
  {
    name: "does not give a job the seq of a removed one after it was opened again",
    durable: true,
    run: async (bench) => {
      await bench.insert(aJob());
      const last = await bench.inserted(aJob());
      await bench.unit(removeOf(last));
      await bench.reopen();
      expect((await bench.inserted(aJob())).seq).toBeGreaterThan(last.seq);
    },
  },
];
