import { FORGOTTEN_AT_ONCE, type KeptAnswer } from "../answers.ts";
import type { Journal } from "./journal.ts";

/** Kept answers. All live equally long, so the map's own order is that of their ends. */
export class AnswerTable {
  readonly #answers = new Map<string, KeptAnswer>();

  get(id: string, now: number): KeptAnswer | undefined {
    const answer = this.#answers.get(id);
    return answer !== undefined && answer.expiresAt > now ? answer : undefined;
  }

  /** Keeps an answer at the end of the line, whatever was there under its id, and forgets what has expired. */
  keep(answer: KeptAnswer, now: number, journal: Journal): void {
    this.#forget(answer.id, journal);
    for (const id of this.#expired(now)) this.#forget(id, journal);
    journal.note(() => this.#answers.delete(answer.id));
    this.#answers.set(answer.id, Object.freeze({ ...answer }));
  }

  #expired(now: number): readonly string[] {
    const ids: string[] = [];
    for (const { id, expiresAt } of this.#answers.values()) {
      if (expiresAt > now || ids.length === FORGOTTEN_AT_ONCE) break;
      ids.push(id);
    }
    return ids;
  }

  #forget(id: string, journal: Journal): void {
    const before = this.#answers.get(id);
    if (before === undefined) return;
    journal.note(() => this.#answers.set(id, before));
    this.#answers.delete(id);
  }
}
