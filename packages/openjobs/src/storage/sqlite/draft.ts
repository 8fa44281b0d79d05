import { Tally } from "../tally.ts";
import type { Arrive, WorkflowFact } from "../workflows.ts";

/** What a group, or one unit of it, is about to do to queues and workflows: kept apart until it is known to happen. */
export class Draft {
  readonly tally: Tally = new Tally();
  /** Queues that were paused (true) or resumed. */
  readonly pauses: Map<string, boolean> = new Map();
  /** Queues that were resumed at some point, which makes a later pause a new one. */
  readonly resumed: Set<string> = new Set();

  /** Ends of members that no workflow has heard of yet. */
  readonly arrivals: Arrive[] = [];
  readonly facts: WorkflowFact[] = [];

  /** Notes that a queue was paused or resumed. */
  pause(queue: string, paused: boolean): void {
    this.pauses.set(queue, paused);
    if (!paused) this.resumed.add(queue);
  }

  /** Takes over what a unit did. */
  add(unit: Draft): void {
    this.tally.add(unit.tally);
    for (const queue of unit.resumed) this.resumed.add(queue);
    for (const [queue, paused] of unit.pauses) this.pause(queue, paused);
    for (const arrival of unit.arrivals) this.arrivals.push(arrival);
    for (const fact of unit.facts) this.facts.push(fact);
  }

  /** Whether a queue may have more available jobs than before. */
  gained(queue: string): boolean {
    for (const delta of this.tally.deltas()) {
      if (delta.queue === queue) return delta.counts.available > 0;
    }
    return false;
  }
}
