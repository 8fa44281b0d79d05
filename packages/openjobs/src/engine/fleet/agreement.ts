/**
 * Waits until the other servers know what was changed here, for changes that must hold from their answer on: who is told that
 * a subscription is there must not miss what another server commits a moment later.
 */
import type { Clock } from "../../core/clock.ts";

/** How long others are waited for. One that was killed is counted for a while; it commits nothing any more. */
const PATIENCE_MS = 2_000;

/** Questions that others have not all answered yet. */
export class Agreement {
  readonly #clock: Clock;
  readonly #left = new Map<string, { others: number; readonly agreed: () => void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when so many others have answered the question, or after two seconds. */
  async reached(question: string, others: number): Promise<void> {
    await new Promise<void>((agreed) => {
      const stop = this.#clock.schedule(this.#clock.now() + PATIENCE_MS, agreed);
      this.#left.set(question, {
        others,
        agreed() {
          stop();
          agreed();
        },
      });
    });
    this.#left.delete(question);
  }

  /** Another server has answered these questions, some of which may be others'. */
  heard(questions: readonly string[]): void {
    for (const question of questions) {
      const left = this.#left.get(question);
      if (left === undefined) continue;
      left.others -= 1;
      if (left.others <= 0) left.agreed();
    }
  }
}
