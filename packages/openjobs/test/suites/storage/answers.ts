import { expect } from "vitest";
import { FORGOTTEN_AT_ONCE, type KeptAnswer } from "../../../src/storage/answers.ts";
import type { Effect } from "../../../src/storage/storage.ts";
import { aJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, DONE, insertOf } from "./bench.ts";

const ID = "bulk-enqueue:key-1";
const REFUSED = { ok: false, reason: "exists", id: ID };

export function anAnswer(fields: Partial<KeptAnswer> = {}): KeptAnswer {
  return { id: ID, digest: "d", status: 207, body: '{"a":"\\u0000\\ud800é"}', expiresAt: T0 + 1_000, ...fields };
}

export function keepOf(answer: KeptAnswer): Effect {
  return { kind: "keep-answer", answer };
}

export const answerBehaviours: readonly Behaviour[] = [
  {
    name: "keeps an answer as it is, until its end",
    run: async (bench) => {
      expect(await bench.storage.answers.get(ID, T0)).toBeUndefined();
      expect(await bench.unit(keepOf(anAnswer()))).toEqual(DONE);
      expect(await bench.storage.answers.get(ID, T0 + 999)).toEqual(anAnswer());
      expect(await bench.storage.answers.get(ID, T0 + 1_000)).toBeUndefined();
      expect(await bench.storage.answers.get("bulk-enqueue:key-2", T0)).toBeUndefined();
    },
  },
  {
    name: "refuses a second answer under one id, with the rest of its unit",
    run: async (bench) => {
      const [first, second] = [aJob(), aJob()];
      const { units } = await bench.commit({
        units: [
          { effects: [insertOf(first), keepOf(anAnswer())] },
          { effects: [insertOf(second), keepOf(anAnswer({ digest: "other" }))] },
        ],
      });
      expect(units).toEqual([DONE, REFUSED]);
      expect([await bench.exists(first), await bench.exists(second)]).toEqual([true, false]);
      expect(await bench.unit(keepOf(anAnswer({ body: "{}" })))).toEqual(REFUSED);
      expect(await bench.storage.answers.get(ID, T0)).toEqual(anAnswer());
    },
  },
  {
    name: "keeps no answer of a unit that did not happen",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      const refused = await bench.unit(keepOf(anAnswer()), insertOf(job));
      expect(refused).toEqual({ ok: false, reason: "exists", id: job.id });
      expect(await bench.storage.answers.get(ID, T0)).toBeUndefined();
      expect(await bench.unit(keepOf(anAnswer()), keepOf(anAnswer()))).toEqual(REFUSED);
      expect(await bench.storage.answers.get(ID, T0)).toBeUndefined();
    },
  },
  {
    name: "takes a new answer in the place of one that has expired",
    run: async (bench) => {
      await bench.unit(keepOf(anAnswer()));
      bench.now = T0 + 1_000;
      const next = anAnswer({ digest: "next", expiresAt: T0 + 2_000 });
      expect(await bench.unit(keepOf(next))).toEqual(DONE);
      expect(await bench.storage.answers.get(ID, bench.now)).toEqual(next);
    },
  },
  {
    name: "forgets what has expired, little by little",
    run: async (bench) => {
      const old = Array.from({ length: FORGOTTEN_AT_ONCE + 5 }, (_, index) => anAnswer({ id: `old:${index}` }));
      await bench.units(...old.map((answer) => [keepOf(answer)]));
      const left = async (): Promise<number> => {
        const found = await Promise.all(old.map(({ id }) => bench.storage.answers.get(id, T0)));
        return found.filter((answer) => answer !== undefined).length;
      };
      bench.now = T0 + 1_000;
      await bench.unit(keepOf(anAnswer({ id: "new:1", expiresAt: T0 + 9_000 })));
      expect(await left()).toBe(5);
      await bench.unit(keepOf(anAnswer({ id: "new:2", expiresAt: T0 + 9_000 })));
      expect(await left()).toBe(0);
      expect(await bench.storage.answers.get("new:1", bench.now)).toBeDefined();
    },
  },
  {
    name: "has its answers after it was opened again",
    durable: true,
    run: async (bench) => {
      await bench.unit(insertOf(aJob()), keepOf(anAnswer()));
      await bench.reopen();
      expect(await bench.storage.answers.get(ID, T0)).toEqual(anAnswer());
      expect(await bench.unit(keepOf(anAnswer()))).toEqual(REFUSED);
    },
  },
];
