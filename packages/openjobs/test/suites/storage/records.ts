import { expect } from "vitest";
import { recordName, type StoredRecord } from "../../../src/storage/records.ts";
import type { Effect, Page, Storage, UnitRefused } from "../../../src/storage/storage.ts";
import { aJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, DONE, insertOf } from "./bench.ts";

export function aRecord(fields: Partial<StoredRecord> = {}): StoredRecord {
  return { kind: "cron", id: "daily", revision: "r1", dueAt: null, body: '{"a":"\\u0000é"}', ...fields };
}

/** Puts a record in the place of one at revision `before`, or where there is none. */
export function putOf(record: StoredRecord, before: string | null = null): Effect {
  return { kind: "put-record", record, before };
}

export function dropOf({ kind, id, revision }: StoredRecord): Effect {
  return { kind: "remove-record", key: { kind, id }, before: revision };
}

function refused(reason: UnitRefused["reason"], record = aRecord()): UnitRefused {
  return { ok: false, reason, id: recordName(record) };
}

async function recordOf(storage: Storage, { kind, id } = aRecord()): Promise<StoredRecord | undefined> {
  return (await storage.records.get(kind, [id]))[0];
}

function idsOf(page: Page<StoredRecord>): readonly string[] {
  return page.items.map(({ id }) => id);
}

const writing: readonly Behaviour[] = [
  {
    name: "keeps a record as it is, under its kind and its id",
    run: async (bench) => {
      const other = aRecord({ kind: "queue-config", dueAt: T0, body: "[1.50]" });
      expect(await recordOf(bench.storage)).toBeUndefined();
      expect(await bench.unit(putOf(aRecord()), putOf(other))).toEqual(DONE);
      expect(await recordOf(bench.storage)).toEqual(aRecord());
      expect(await recordOf(bench.storage, other)).toEqual(other);
      expect(await bench.storage.records.get("cron", ["x", "daily", "x", "daily"])).toEqual([
        undefined,
        aRecord(),
        undefined,
        aRecord(),
      ]);
    },
  },
  {
    name: "refuses a new record where there is one, and leaves that",
    run: async (bench) => {
      await bench.unit(putOf(aRecord()));
      expect(await bench.unit(putOf(aRecord({ revision: "r2", body: "2" })))).toEqual(refused("exists"));
      expect(await recordOf(bench.storage)).toEqual(aRecord());
    },
  },
  {
    name: "replaces a record that is at the revision, and no other",
    run: async (bench) => {
      const next = aRecord({ revision: "r2", dueAt: T0, body: "2" });
      expect(await bench.unit(putOf(next, "r1"))).toEqual(refused("missing"));
      await bench.unit(putOf(aRecord()));
      expect(await bench.unit(putOf(next, "r0"))).toEqual(refused("changed"));
      expect(await recordOf(bench.storage)).toEqual(aRecord());
      expect(await bench.unit(putOf(next, "r1"))).toEqual(DONE);
      expect(await recordOf(bench.storage)).toEqual(next);
      expect(await bench.unit(putOf(aRecord({ revision: "r3" }), "r1"))).toEqual(refused("changed"));
    },
  },
  {
    name: "removes a record that is at the revision, and no other",
    run: async (bench) => {
      const record = aRecord({ dueAt: T0 });
      expect(await bench.unit(dropOf(record))).toEqual(refused("missing"));
      await bench.unit(putOf(record));
      expect(await bench.unit(dropOf(aRecord({ revision: "r2" })))).toEqual(refused("changed"));
      expect(await recordOf(bench.storage)).toEqual(record);
      expect(await bench.unit(dropOf(record))).toEqual(DONE);
      expect(await recordOf(bench.storage)).toBeUndefined();
      expect(await bench.storage.records.nextDue("cron")).toBeUndefined();
      expect(await bench.unit(dropOf(record))).toEqual(refused("missing"));
    },
  },
  {
    name: "writes a record together with jobs, or neither",
    run: async (bench) => {
      await bench.unit(putOf(aRecord()));
      const [first, second] = [aJob(), aJob()];
      const slot = putOf(aRecord({ revision: "r2", dueAt: T0 }), "r1");
      const late = putOf(aRecord({ revision: "r3", dueAt: T0 + 1 }), "r1");
      const outcomes = await bench.units([slot, insertOf(first)], [insertOf(second), late]);
      expect(outcomes).toEqual([DONE, refused("changed")]);
      expect([await bench.exists(first), await bench.exists(second)]).toEqual([true, false]);
      expect(await recordOf(bench.storage)).toEqual(aRecord({ revision: "r2", dueAt: T0 }));
      const gone = await bench.unit(
        putOf(aRecord({ revision: "r4" }), "r2"),
        putOf(aRecord({ id: "b" })),
        insertOf(first),
      );
      expect(gone).toEqual({ ok: false, reason: "exists", id: first.id });
      expect(await bench.storage.records.get("cron", ["daily", "b"])).toEqual([
        aRecord({ revision: "r2", dueAt: T0 }),
        undefined,
      ]);
    },
  },
  {
    name: "sees within a unit what was written to a record before",
    run: async (bench) => {
      const again = aRecord({ revision: "r3", body: "3" });
      expect(await bench.unit(putOf(aRecord()), putOf(aRecord({ revision: "r2" })))).toEqual(refused("exists"));
      const effects = [putOf(aRecord()), putOf(aRecord({ revision: "r2" }), "r1"), dropOf(aRecord({ revision: "r2" }))];
      expect(await bench.unit(...effects, putOf(again))).toEqual(DONE);
      expect(await recordOf(bench.storage)).toEqual(again);
    },
  },
];

const reading: readonly Behaviour[] = [
  {
    name: "lists the records of a kind by id, page by page",
    run: async (bench) => {
      const ids = ["b", "a.1", "a-1", "c", "a"];
      await bench.units(...ids.map((id) => [putOf(aRecord({ id }))]), [putOf(aRecord({ kind: "zone", id: "a0" }))]);
      const { records } = bench.storage;
      const first = await records.list("cron", {}, { limit: 2 });
      expect([idsOf(first), first.total]).toEqual([["a", "a-1"], 5]);
      await bench.unit(dropOf(aRecord({ id: "a-1" })));
      const second = await records.list("cron", {}, { limit: 2, after: first.next ?? "" });
      expect([idsOf(second), second.total]).toEqual([["a.1", "b"], 4]);
      const third = await records.list("cron", {}, { limit: 2, after: second.next ?? "" });
      expect([idsOf(third), third.next]).toEqual([["c"], undefined]);
      expect(idsOf(await records.list("cron", {}, { limit: 9, offset: 2 }))).toEqual(["b", "c"]);
      expect(await records.list("none", {}, { limit: 9 })).toEqual({ items: [], total: 0 });
      await expect(records.list("cron", {}, { limit: 2, after: "?" })).rejects.toMatchObject({
        code: "invalid_request",
      });
    },
  },
  {
    name: "lists those records that wait for a time, or those that do not",
    run: async (bench) => {
      const records = ["d", "c", "b", "a"].map((id, index) => aRecord({ id, dueAt: index % 2 === 0 ? T0 : null }));
      await bench.unit(...records.map((record) => putOf(record)));
      const page = (waiting: boolean, after?: string) =>
        bench.storage.records.list("cron", { waiting }, { limit: 1, ...(after === undefined ? {} : { after }) });
      const [waiting, idle] = [await page(true), await page(false)];
      expect([idsOf(waiting), waiting.total, idsOf(idle), idle.total]).toEqual([["b"], 2, ["a"], 2]);
      expect([idsOf(await page(true, waiting.next)), idsOf(await page(false, idle.next))]).toEqual([["d"], ["c"]]);
    },
  },
  {
    name: "gives the records due at or before a time, soonest first, at most `limit`",
    run: async (bench) => {
      const { records } = bench.storage;
      expect(await records.nextDue("cron")).toBeUndefined();
      const times = { late: T0 + 20, b: T0 + 10, a: T0 + 10, soon: T0 + 5, never: null };
      await bench.unit(...Object.entries(times).map(([id, dueAt]) => putOf(aRecord({ id, dueAt }))));
      await bench.unit(putOf(aRecord({ kind: "other", dueAt: T0 })));
      const due = async (now: number, limit: number) => (await records.due("cron", now, limit)).map(({ id }) => id);
      expect(await due(T0 + 4, 9)).toEqual([]);
      expect(await due(T0 + 10, 9)).toEqual(["soon", "a", "b"]);
      expect(await due(T0 + 99, 2)).toEqual(["soon", "a"]);
      expect(await records.nextDue("cron")).toBe(T0 + 5);
      await bench.unit(putOf(aRecord({ id: "soon", revision: "r2", dueAt: T0 + 30 }), "r1"));
      await bench.unit(putOf(aRecord({ id: "a", revision: "r2", dueAt: null }), "r1"));
      expect([await due(T0 + 99, 9), await records.nextDue("cron")]).toEqual([["b", "late", "soon"], T0 + 10]);
    },
  },
  {
    name: "has its records after it was opened again",
    durable: true,
    run: async (bench) => {
      const record = aRecord({ dueAt: T0 });
      await bench.unit(putOf(record));
      await bench.reopen();
      expect(await bench.storage.records.due("cron", T0, 1)).toEqual([record]);
      expect(await bench.unit(putOf(record))).toEqual(refused("exists"));
    },
  },
];

export const recordBehaviours: readonly Behaviour[] = [...writing, ...reading];
