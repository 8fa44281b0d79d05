/**
 * Work that asks a store again and again and does not care whether it answers at once or later: written once, done either
 * way. Some SQLite libraries allow no `await` inside of a transaction, and no network answers at once.
 */
import type { Awaitable, SynchronousView, TransactionView } from "../../storage/transactions.ts";

/** One question. */
type Question = (view: TransactionView) => unknown;

/** Work in progress: yields questions and gets their answers. */
export type Task<T> = Generator<Question, T, unknown>;

/** Asks the store. */
export function* ask<T>(question: (view: TransactionView) => Awaitable<T>): Task<T> {
  return (yield question) as T; // `doNow` and `doAwaiting` give back what this very question was answered
}

/** Does it on a store that answers at once. */
export function doNow<T>(task: Task<T>, view: SynchronousView): T {
  let step = task.next();
  while (step.done !== true) step = task.next(step.value(view));
  return step.value;
}

/** Does it on any store. */
export async function doAwaiting<T>(task: Task<T>, view: TransactionView): Promise<T> {
  let step = task.next();
  while (step.done !== true) step = task.next(await step.value(view));
  return step.value;
}
