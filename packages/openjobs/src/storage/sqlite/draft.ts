import { Tally } from "../tally.ts";

/** What a group, or one unit of it, is about to do to queues: kept apart until it is known to happen. */
export class Draft {
  readonly tally: Tally = new Tally();
  /** Queues that were paused (true) or resumed. */
  readonly pauses: Map<string, boolean> = new Map();

  /** Takes over what a unit did. */
  add(unit: Draft): void {
    this.tally.add(unit.tally);
    for (const [queue, paused] of unit.pauses) this.pauses.set(queue, paused);
  }

  /** Whether a queue may have more available jobs than before. */
  gained(queue: string): boolean {
    for (const delta of this.tally.deltas()) {
      if (delta.queue === queue) return delta.counts.available > 0;
    }
    return false;
  }
}
