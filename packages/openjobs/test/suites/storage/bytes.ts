import { expect } from "vitest";
import { aJob, T0 } from "../../support/jobs.ts";
import { aWorker, type Behaviour, type Bench } from "./bench.ts";

/** JSON texts that stores like to change: they must come back byte by byte. */
const TEXTS: Readonly<Record<string, string>> = {
  "an escaped NUL": '["a\\u0000b"]',
  "escaped lone surrogates": '["\\ud800","\\udfff x"]',
  "characters outside the basic plane": '["😀","𝒳","\u{10ffff}"]',
  "an integer beyond 2^53": "[9007199254740993,12345678901234567890]",
  "numbers written in odd ways": "[1.0,1e2,-0,0.10]",
  "__proto__ and friends as keys": '{"__proto__":{"x":1},"constructor":2,"toString":3}',
  "duplicate keys and odd white space": '{ "b" : 1,\n\t"a":2, "b":3 }',
  "quotes, backslashes and SQL": `["'; DROP TABLE jobs; --","\\"\\\\"]`,
  "line separators and a byte order mark": '["\u2028\u2029\ufeff"]',
  "unnormalised text": '["e\u0301","\u00e9"]',
  "an empty string": '""',
};

export const bytesBehaviours: readonly Behaviour[] = [
  ...Object.entries(TEXTS).map(
    ([what, text]): Behaviour => ({
      name: `keeps ${what}`,
      run: (bench) => survives(bench, text),
    }),
  ),
  {
    name: "keeps a megabyte",
    run: (bench) => survives(bench, `["${"äöü😀".repeat(100_000)}"]`),
  },
  {
    name: "keeps NUL and characters outside the basic plane in plain text fields",
    run: async (bench) => {
      const job = await bench.inserted(aJob({ type: "a\u0000b😀", digest: "\u0000", workerId: "w\u0000" }));
      expect(await bench.job(job)).toMatchObject({ type: "a\u0000b😀", digest: "\u0000", workerId: "w\u0000" });
      const worker = aWorker({ id: "w\u0000ö😀", hostname: "h\u0000", labels: ["l\u0000", "😀"], queues: ["\u0000"] });
      await bench.beat({ worker });
      expect(await bench.storage.workers.silent(T0, 1)).toEqual([worker]);
    },
  },
  {
    name: "keeps whole numbers up to 2^53 - 1",
    run: async (bench) => {
      const most = Number.MAX_SAFE_INTEGER;
      const job = await bench.inserted(
        aJob({ expiresAt: most, availableAt: most, lease: most - 1, attempt: 2 ** 31, createdAt: 0 }),
      );
      expect(job).toMatchObject({ expiresAt: most, availableAt: most, lease: most - 1, attempt: 2 ** 31 });
      await bench.update(job, { dueAt: most, retryDelayMs: most });
      expect(await bench.job(job)).toMatchObject({ dueAt: most, retryDelayMs: most, createdAt: 0 });
      expect(await bench.storage.jobs.nextDue()).toBe(most);
    },
  },
];

async function survives(bench: Bench, text: string): Promise<void> {
  const job = await bench.inserted(aJob({ args: text, meta: text, attributes: text, errors: text }));
  expect(sameTexts(job, text)).toEqual([true, true, true, true]);
  await bench.update(job, { errors: null });
  await bench.update(await bench.job(job), { errors: text });
  const [claimed] = await bench.claim();
  expect(claimed !== undefined && sameTexts(claimed, text)).toEqual([true, true, true, true]);
  await bench.complete(job, {}, text);
  expect((await bench.job(job)).result === text).toBe(true);
}

/** Compares without printing a megabyte when it fails. */
function sameTexts(job: { args: string; meta: string; attributes: string; errors: string | null }, text: string) {
  return [job.args, job.meta, job.attributes, job.errors].map((stored) => stored === text);
}
