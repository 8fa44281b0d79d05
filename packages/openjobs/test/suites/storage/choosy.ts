/** Claims of chosen jobs, and the reads that jobs are chosen by (docs/adr/029-choosy-fetches.md). */
import { expect } from "vitest";
import { laneOf } from "../../../src/core/lane.ts";
import type { ClaimableQuery } from "../../../src/storage/claimable.ts";
import { aJob, aScheduledJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, type Bench, claimOf, ids, pauseOf } from "./bench.ts";

const OWN = { meta: '{"tenant_id":"acme"}' };
const LANE = laneOf({ key: "k", concurrency: 1 });

function look(bench: Bench, query: Partial<ClaimableQuery> = {}) {
  return bench.storage.jobs.claimable({ queue: "default", tenant: "acme", now: T0, limit: 10, after: null, ...query });
}

export const choosyBehaviours: readonly Behaviour[] = [
  {
    name: "shows the jobs of a tenant that can be claimed, whatever their lanes, in their order and from a place on",
    run: async (bench) => {
      const [late, first, urgent, limited] = await bench.insert(
        aJob({ ...OWN, availableAt: T0 + 2 }),
        aJob(OWN),
        aJob({ ...OWN, priority: 3 }),
        aJob({ ...OWN, lane: LANE }),
        aJob(),
        aJob({ meta: '{"tenant_id":"acme2","x":{"tenant_id":"acme"}}' }),
        aJob({ ...OWN, queue: "other" }),
        aJob({ ...OWN, startBy: T0, dueAt: T0 }),
        aScheduledJob(OWN),
      );
      const inOrder = [urgent, first, limited, late].flatMap((job) => job ?? []);
      expect(await look(bench)).toEqual(inOrder);
      expect(ids(await look(bench, { limit: 2 }))).toEqual(ids(inOrder.slice(0, 2)));
      expect(ids(await look(bench, { after: urgent ?? null }))).toEqual(ids(inOrder.slice(1)));
      expect(ids(await look(bench, { after: first ?? null }))).toEqual(ids(inOrder.slice(2)));
      expect(await look(bench, { tenant: null })).toHaveLength(6);
      expect(await bench.storage.jobs.tenantCounts("acme")).toEqual(
        new Map([
          ["scheduled", 1],
          ["available", 6],
        ]),
      );
    },
  },
  {
    name: "claims the chosen jobs in their order, as far as they can be claimed, and no others",
    run: async (bench) => {
      const [first, second, limited, held] = await bench.insert(
        aJob(),
        aJob({ priority: 9 }),
        aJob({ lane: LANE }),
        aJob({ lane: LANE }),
        aJob(),
      );
      const [late, scheduled, other, paused] = await bench.insert(
        aJob({ startBy: T0, dueAt: T0 }),
        aScheduledJob(),
        aJob({ queue: "other" }),
        aJob({ queue: "closed" }),
      );
      await bench.unit(pauseOf("closed"));
      const wanted = [first, late, scheduled, other, paused, limited, held, second].flatMap((job) => job ?? []);
      const only = [...ids(wanted), "019461a8-1a2b-7c3d-8e4f-5a6b7c8d9e0f"];
      const claimed = await bench.claim({ queues: ["default", "closed"], only, limit: 2 });
      expect(ids(claimed)).toEqual([first?.id, limited?.id]);
      expect(await bench.jobsOf(claimed)).toEqual(claimed);
      expect(ids(await bench.claim({ queues: ["default"], only }))).toEqual([second?.id]);
      expect(await bench.claim({ queues: ["default"], only })).toEqual([]);
      expect(await bench.claim({ queues: ["default"] })).toHaveLength(1);
    },
  },
  {
    name: "shares no job between claims of a group, chosen or not",
    run: async (bench) => {
      const jobs = await bench.insert(aJob(), aJob(), aJob());
      const only = ids(jobs.slice(1));
      const claims = [{ only, limit: 1 }, { limit: 1 }, { only }, {}].map(claimOf);
      const claimed = (await bench.commit({ claims })).claims.flat();
      expect(new Set(ids(claimed))).toEqual(new Set(ids(jobs)));
      expect(claimed).toHaveLength(3);
    },
  },
];
