import { describe, expect, it } from "vitest";
import { noActivity, noCounts, Tally } from "../../src/storage/tally.ts";
import { aDeadLetter, aJob, T0 } from "../support/jobs.ts";

describe("a tally", () => {
  it("has nothing to say at first", () => {
    expect([...new Tally().deltas()]).toEqual([]);
  });

  it("keeps queues apart", () => {
    const tally = new Tally();
    tally.inserted(aJob({ queue: "a" }));
    tally.inserted(aJob({ queue: "a" }));
    tally.removed(aJob({ queue: "b", state: "pending" }));
    expect([...tally.deltas()]).toEqual([
      { queue: "a", counts: { ...noCounts(), available: 2 }, deadLetters: 0, activity: noActivity() },
      { queue: "b", counts: { ...noCounts(), pending: -1 }, deadLetters: 0, activity: noActivity() },
    ]);
  });

  it("counts a job that goes all the way", () => {
    const tally = new Tally();
    const waiting = aJob({ availableAt: T0 + 10, enqueuedAt: T0 });
    tally.inserted(waiting);
    tally.claimed(waiting, T0 + 30);
    tally.completed({ ...waiting, state: "active", startedAt: T0 + 30 }, T0 + 100);
    const [delta] = tally.deltas();
    expect(delta?.counts).toEqual({ ...noCounts(), completed: 1 });
    expect(delta?.activity).toEqual({ started: 1, completed: 1, failed: 0, waitMs: 20, runMs: 70 });
  });

  it("never counts less than no time, when a clock was set back", () => {
    const tally = new Tally();
    tally.claimed(aJob({ availableAt: T0 + 10 }), T0);
    tally.completed(aJob({ state: "active", startedAt: T0 + 10 }), T0);
    expect([...tally.deltas()][0]?.activity).toMatchObject({ waitMs: 0, runMs: 0 });
  });

  it("counts dead letters among the discarded only", () => {
    const tally = new Tally();
    const letter = aDeadLetter();
    tally.inserted(letter);
    tally.inserted(aDeadLetter({ deadLetter: false }));
    tally.updated(letter, { ...letter, state: "available" }, T0, false);
    const [delta] = tally.deltas();
    expect(delta).toMatchObject({ deadLetters: 0, counts: { discarded: 1, available: 1 } });
  });

  it("counts failures only when told so, and a completion once", () => {
    const tally = new Tally();
    const active = aJob({ state: "active", startedAt: T0 });
    const done = { ...active, state: "completed" as const };
    tally.updated(active, { ...active, state: "retryable" }, T0, true);
    tally.updated(active, done, T0 + 5, false);
    tally.updated(done, done, T0 + 9, false);
    expect([...tally.deltas()][0]?.activity).toMatchObject({ failed: 1, completed: 1, runMs: 5 });
  });

  it("takes over what another one collected", () => {
    const [all, unit] = [new Tally(), new Tally()];
    all.inserted(aJob());
    unit.inserted(aJob());
    unit.inserted(aDeadLetter({ queue: "mail" }));
    unit.claimed(aJob({ availableAt: T0 }), T0 + 4);
    all.add(unit);
    const [first, second] = all.deltas();
    expect(first).toMatchObject({ queue: "default", counts: { available: 1, active: 1 }, activity: { waitMs: 4 } });
    expect(second).toMatchObject({ queue: "mail", deadLetters: 1 });
  });
});
