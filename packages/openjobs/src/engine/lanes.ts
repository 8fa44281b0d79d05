/** Submissions that wait for a group, and the rule by which groups are cut from them (design 3.3). */
import type { Size, Submission } from "./submission.ts";

/** How much one commit may carry. A single submission that is bigger commits alone. */
export interface GroupLimits {
  readonly units: number;
  readonly bytes: number;
}

/** Group limits of the design. */
export const GROUP_LIMITS: GroupLimits = { units: 512, bytes: 1_048_576 };

/**
 * Two lines: outcomes, beats and decisions free jobs or keep leases alive and go first; inserts and claims follow, in
 * the order in which they came. When a group had no room at all for the second line, the next one starts with it.
 */
export class Lanes {
  readonly #limits: GroupLimits;
  readonly #urgent: Submission[] = [];
  readonly #ordinary: Submission[] = [];
  #ordinaryFirst = false;

  constructor(limits: GroupLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#urgent.length === 0 && this.#ordinary.length === 0;
  }

  /** Adds at the end of the submission's line. */
  add(submission: Submission): void {
    this.#laneOf(submission).push(submission);
  }

  /** Puts decisions back in front, in their order: they were here before everything that waits now. */
  putBack(decisions: readonly Submission[]): void {
    this.#urgent.unshift(...decisions);
  }

  /** Takes the next group out; empty when nothing waits. */
  cut(): readonly Submission[] {
    const room = new Room(this.#limits);
    const lanes = this.#ordinaryFirst ? [this.#ordinary, this.#urgent] : [this.#urgent, this.#ordinary];
    const before = this.#ordinary.length;
    const group = lanes.flatMap((lane) => takeFitting(lane, room));
    this.#ordinaryFirst = before > 0 && this.#ordinary.length === before;
    return group;
  }

  #laneOf({ kind }: Submission): Submission[] {
    return kind === "insert" || kind === "claim" ? this.#ordinary : this.#urgent;
  }
}

function takeFitting(lane: Submission[], room: Room): readonly Submission[] {
  let count = 0;
  for (const submission of lane) {
    if (!room.take(submission)) break;
    count += 1;
  }
  return lane.splice(0, count);
}

/** What is left of a group. The first submission always fits. */
class Room {
  readonly #limits: GroupLimits;
  #weight = 0;
  #bytes = 0;

  constructor(limits: GroupLimits) {
    this.#limits = limits;
  }

  take({ weight, bytes }: Size): boolean {
    const fits = this.#weight + weight <= this.#limits.units && this.#bytes + bytes <= this.#limits.bytes;
    if (!fits && this.#weight > 0) return false;
    this.#weight += weight;
    this.#bytes += bytes;
    return true;
  }
}
