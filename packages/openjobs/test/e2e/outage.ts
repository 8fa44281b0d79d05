/** What a server says while its store is away, and how soon it is back. */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { RawAnswer, RawOjs } from "../support/raw-ojs.ts";

/** Enqueues one job. While the store is away the only other answer is 503, with the time to come back. */
export async function tryToEnqueue(raw: RawOjs): Promise<RawAnswer> {
  const answer = await raw.enqueue({ type: "test.job", args: [] });
  if (answer.status === 201) return answer;
  expect(answer.status, answer.text).toBe(503);
  expect(Number(answer.headers["retry-after"])).toBeGreaterThanOrEqual(1);
  expect(answer.body.error).toMatchObject({ code: "backend_error", retryable: true });
  return answer;
}

/** Enqueues until it is done; answers how many milliseconds that took. */
export async function untilServed(raw: RawOjs): Promise<number> {
  const start = performance.now();
  while ((await tryToEnqueue(raw)).status !== 201) await delay(20);
  return performance.now() - start;
}

/** Enqueues with 16 under way, and answers how many a second were accepted. */
export async function pace(raw: RawOjs, ms: number): Promise<number> {
  const until = performance.now() + ms;
  let accepted = 0;
  const producer = async (): Promise<void> => {
    while (performance.now() < until) {
      if ((await tryToEnqueue(raw)).status === 201) accepted += 1;
      else await delay(20);
    }
  };
  await Promise.all(Array.from({ length: 16 }, producer));
  return (accepted * 1_000) / ms;
}
