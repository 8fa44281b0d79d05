/**
 * A storage that takes its time, as one behind a network does: between the question and the answer, and between what an
 * engine reads and what it commits, others get their turn. Which ones follows from the pace, so that a story is told the
 * same way again.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Storage } from "../../src/storage/storage.ts";
import { wrapCalls, wrapStorage } from "./storage-wrapper.ts";

/** Turns of the event loop that a call takes at most before it, and as many after it. */
const MOST_TURNS = 2;

/** @param pace 0 = at once, as the storage itself; every other number is another way of taking turns. */
export function unhurriedStorage(inner: Storage, pace: number): Storage {
  if (pace === 0) return inner;
  const draw = drawer(pace);
  const dawdle = async (): Promise<void> => {
    for (let left = draw(MOST_TURNS + 1); left > 0; left -= 1) await nextTurn();
  };
  const slow = wrapCalls(inner, (call) => async (...args) => {
    await dawdle();
    const answer = await call(...args);
    await dawdle();
    return answer;
  });
  return wrapStorage(slow, { traits: { ...inner.traits, synchronous: false } });
}

/** Whole numbers below a limit, the same ones for the same seed. */
function drawer(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) % limit;
  };
}
