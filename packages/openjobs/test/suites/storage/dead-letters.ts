import { expect } from "vitest";
import type { JobRecord } from "../../../src/core/job.ts";
import type { PageRequest } from "../../../src/storage/storage.ts";
import { aDeadLetter, aJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, type Bench, ids, removeOf } from "./bench.ts";

export const deadLetterBehaviours: readonly Behaviour[] = [
  {
    name: "lists discarded jobs that are kept, the most recently ended first",
    run: async (bench) => {
      const [b, c, a] = await bench.insert(
        aDeadLetter({ endedAt: T0 + 2 }),
        aDeadLetter({ endedAt: T0 + 1 }),
        aDeadLetter({ endedAt: T0 + 3 }),
      );
      await bench.insert(
        aDeadLetter({ deadLetter: false }),
        aJob({ state: "completed", endedAt: T0 }),
        aJob({ state: "cancelled", endedAt: T0 }),
      );
      const page = await bench.storage.jobs.deadLetters({}, { limit: 10 });
      expect(page).toEqual({ items: [a, b, c], total: 3 });
    },
  },
  {
    name: "lists the dead letters of one queue",
    run: async (bench) => {
      const [, mine] = await bench.insert(aDeadLetter(), aDeadLetter({ queue: "mail" }), aJob({ queue: "mail" }));
      const page = await bench.storage.jobs.deadLetters({ queue: "mail" }, { limit: 10 });
      expect(page).toEqual({ items: [mine], total: 1 });
      const none = await bench.storage.jobs.deadLetters({ queue: "nowhere" }, { limit: 10 });
      expect(none).toEqual({ items: [], total: 0 });
    },
  },
  {
    name: "gives every dead letter once over pages, also when many ended at the same time",
    run: async (bench) => {
      const stored = await bench.insert(
        ...Array.from({ length: 25 }, (_, index) => aDeadLetter({ endedAt: T0 + (index % 3) })),
      );
      const seen = await allPages(bench, {}, 4);
      expect(ids(seen).sort()).toEqual(ids(stored).sort());
      const ends = seen.map((job) => job.endedAt ?? 0);
      expect(ends).toEqual([...ends].sort((a, b) => b - a));
      expect(ids(seen)).toEqual(ids((await bench.storage.jobs.deadLetters({}, { limit: 25 })).items));
    },
  },
  {
    name: "pages within one queue",
    run: async (bench) => {
      const letters = Array.from({ length: 12 }, (_, index) =>
        aDeadLetter({ queue: index % 2 === 0 ? "even" : "odd", endedAt: T0 + index }),
      );
      await bench.insert(...letters);
      const even = letters.filter((job) => job.queue === "even").reverse();
      expect(ids(await allPages(bench, { queue: "even" }, 2))).toEqual(ids(even));
    },
  },
  {
    name: "goes on behind a cursor when letters have come and gone since",
    run: async (bench) => {
      const stored = await bench.insert(
        ...Array.from({ length: 5 }, (_, index) => aDeadLetter({ endedAt: T0 + index })),
      );
      const first = await bench.storage.jobs.deadLetters({}, { limit: 2 });
      await bench.unit(removeOf(stored[3]!));
      await bench.insert(aDeadLetter({ endedAt: T0 + 99 }));
      const rest = await bench.storage.jobs.deadLetters({}, { limit: 9, after: first.next! });
      expect(ids(rest.items)).toEqual(ids([stored[2]!, stored[1]!, stored[0]!]));
      expect(rest.total).toBe(5);
    },
  },
  {
    name: "lists from an offset, and has no next page when the last one is full",
    run: async (bench) => {
      const stored = await bench.insert(
        ...Array.from({ length: 4 }, (_, index) => aDeadLetter({ endedAt: T0 - index })),
      );
      const middle = await bench.storage.jobs.deadLetters({}, { limit: 2, offset: 1 });
      expect(ids(middle.items)).toEqual(ids([stored[1]!, stored[2]!]));
      const last = await bench.storage.jobs.deadLetters({}, { limit: 1, after: middle.next! });
      expect(ids(last.items)).toEqual([stored[3]!.id]);
      expect("next" in last).toBe(false);
      expect(await bench.storage.jobs.deadLetters({}, { limit: 2, offset: 9 })).toEqual({ items: [], total: 4 });
    },
  },
  {
    name: "forgets a letter that was retried, deleted or is no longer kept",
    run: async (bench) => {
      const [retried, deleted, dropped, kept] = await bench.insert(...Array.from({ length: 4 }, () => aDeadLetter()));
      await bench.update(retried!, { state: "available", deadLetter: false, endedAt: null });
      await bench.unit(removeOf(deleted!));
      await bench.update(dropped!, { deadLetter: false });
      const page = await bench.storage.jobs.deadLetters({}, { limit: 10 });
      expect(page).toEqual({ items: [kept], total: 1 });
      expect((await bench.queue()).deadLetters).toBe(1);
      expect(ids(await bench.claim())).toEqual([retried!.id]);
    },
  },
  {
    name: "counts the dead letters of each queue",
    run: async (bench) => {
      const job = await bench.claimed(aJob({ queue: "mail" }));
      await bench.update(job, { state: "discarded", deadLetter: true, endedAt: T0, dueAt: null }, true);
      await bench.insert(aDeadLetter(), aDeadLetter({ deadLetter: false }));
      expect(await bench.queue("mail")).toMatchObject({ deadLetters: 1, counts: { discarded: 1, active: 0 } });
      expect(await bench.queue()).toMatchObject({ deadLetters: 1, counts: { discarded: 2 } });
    },
  },
  {
    name: "refuses a cursor that no page of dead letters ended with",
    run: async (bench) => {
      for (const after of ["", "nonsense", "WyJhIl0"]) {
        await expect(bench.storage.jobs.deadLetters({}, { limit: 2, after }), after).rejects.toMatchObject({
          code: "invalid_request",
        });
      }
    },
  },
];

async function allPages(bench: Bench, filter: { readonly queue?: string }, limit: number): Promise<JobRecord[]> {
  const seen: JobRecord[] = [];
  let request: PageRequest | undefined = { limit };
  while (request !== undefined) {
    const page = await bench.storage.jobs.deadLetters(filter, request);
    seen.push(...page.items);
    request = page.next === undefined ? undefined : { limit, after: page.next };
  }
  return seen;
}
