/** Records that are stored with what they tell of, and are made of what became of it (the port's `Group.outbox`). */
import { expect } from "vitest";
import type { StoredRecord } from "../../../src/storage/records.ts";
import type { GroupOutcome, Storage } from "../../../src/storage/storage.ts";
import { aJob } from "../../support/jobs.ts";
import { type Behaviour, beatOf, claimOf, DONE, insertOf } from "./bench.ts";
import { aRecord, putOf } from "./records.ts";

/** What an outbox made of what it was told. */
function toldRecord(id: string, told: unknown): StoredRecord {
  return aRecord({ kind: "told", id, revision: `r-${id}`, dueAt: 7, body: JSON.stringify(told) });
}

async function toldIn(storage: Storage): Promise<readonly StoredRecord[]> {
  return (await storage.records.list("told", {}, { limit: 10 })).items;
}

export const outboxBehaviours: readonly Behaviour[] = [
  {
    name: "stores what an outbox makes of everything that happened in the group",
    run: async (bench) => {
      const done = await bench.claimed(aJob());
      const kept = await bench.claimed(aJob());
      const stored = await bench.inserted(aJob({ state: "pending" }));
      const fresh = aJob();
      let told: GroupOutcome | undefined;
      const outcome = await bench.commit({
        completions: [{ id: done.id, fence: {}, result: "1" }],
        beats: [beatOf({ jobs: [{ id: kept.id }] })],
        units: [{ effects: [insertOf(fresh)] }, { effects: [insertOf(stored)] }],
        claims: [claimOf({})],
        outbox: (happened) => {
          told = happened;
          return [toldRecord("a", "é\u0000"), toldRecord("b", happened.units)];
        },
      });
      const { openings: _, ...seen } = outcome;
      expect(told).toMatchObject(seen);
      expect(outcome.units).toEqual([DONE, { ok: false, reason: "exists", id: stored.id }]);
      expect(outcome.completions[0]?.id).toBe(done.id);
      expect(outcome.claims[0]?.map(({ id }) => id)).toEqual([fresh.id]);
      expect(await toldIn(bench.storage)).toEqual([toldRecord("a", "é\u0000"), toldRecord("b", outcome.units)]);
      expect(await bench.storage.records.nextDue("told")).toBe(7);
    },
  },
  {
    name: "asks an outbox that has nothing to say as well",
    run: async (bench) => {
      const job = aJob();
      let asked = 0;
      const outbox = (): [] => {
        asked += 1;
        return [];
      };
      expect((await bench.commit({ units: [{ effects: [insertOf(job)] }], outbox })).units).toEqual([DONE]);
      expect(asked).toBe(1);
      expect(await bench.exists(job)).toBe(true);
    },
  },
  {
    name: "does nothing of a group whose outbox throws, and goes on with the next one",
    run: async (bench) => {
      const active = await bench.claimed(aJob());
      const [lost, next] = [aJob(), aJob()];
      const refused = bench.commit({
        completions: [{ id: active.id, fence: {}, result: null }],
        units: [{ effects: [insertOf(lost), putOf(aRecord())] }],
        outbox: () => {
          throw new Error("nothing to tell it by");
        },
      });
      const following = bench.commit({ units: [{ effects: [insertOf(next)] }] });
      await expect(refused).rejects.toThrow("nothing to tell it by");
      expect((await following).units).toEqual([DONE]);
      expect(await bench.exists(lost)).toBe(false);
      expect(await bench.exists(next)).toBe(true);
      expect(await bench.job(active)).toEqual(active);
      expect(await bench.storage.records.get("cron", ["daily"])).toEqual([undefined]);
      await bench.recount();
    },
  },
  {
    name: "keeps groups apart that come while an outbox is asked",
    run: async (bench) => {
      const jobs = [aJob(), aJob(), aJob(), aJob()];
      const committed = jobs.map((job, index) => {
        const outbox = (): StoredRecord[] => [toldRecord(String(index), job.id)];
        bench.note(insertOf(job));
        const group = { now: bench.now, completions: [], beats: [], units: [{ effects: [insertOf(job)] }], claims: [] };
        return bench.storage.commit(index % 2 === 0 ? { ...group, outbox } : group);
      });
      for (const { units } of await Promise.all(committed)) expect(units).toEqual([DONE]);
      expect((await toldIn(bench.storage)).map(({ id }) => id)).toEqual(["0", "2"]);
      for (const job of jobs) expect(await bench.exists(job)).toBe(true);
    },
  },
];
