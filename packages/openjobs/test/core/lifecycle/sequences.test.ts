/** Whatever happens to a job, in whatever order: what must stay true (ojs-core §6.3, invariants). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OjsError } from "../../../src/core/errors.ts";
import { readFailure } from "../../../src/core/failure.ts";
import { JOB_STATES, type JobRecord } from "../../../src/core/job.ts";
import { decideDue } from "../../../src/core/lifecycle/due.ts";
import { cancel, expire } from "../../../src/core/lifecycle/end.ts";
import { activate, newJob } from "../../../src/core/lifecycle/enqueue.ts";
import { failAttempt, loseLease } from "../../../src/core/lifecycle/fail.ts";
import { complete, isHeld } from "../../../src/core/lifecycle/lease.ts";
import { handBack, promote, retry, snooze } from "../../../src/core/lifecycle/release.ts";
import { exceedTotal, stall, timeOut } from "../../../src/core/lifecycle/time-limits.ts";
import { dueAtOf, type Transition } from "../../../src/core/lifecycle/transition.ts";
import { isTerminal, mayMove, type Trigger } from "../../../src/core/states.ts";
import { runsOf } from "../../support/runs.ts";
import { apply, claim, JOB_ID, START, sampleRequest, TERMS } from "../sample-job.ts";

interface Step {
  readonly move: keyof typeof MOVES;
  readonly after: number;
  readonly chance: number;
}

type Move = (job: JobRecord, now: number, random: () => number) => Transition | null;

/** Every way a job can be moved, with the triggers that may stand behind it. */
const MOVES = {
  claim: [["fetch"], (job, now) => claim(job, TERMS, now)],
  ack: [["ack"], (job, now) => complete(job, "1", now)],
  fail: [["fail"], (job, now, random) => failAttempt(job, readFailure("broken"), { now, random })],
  discard: [["fail"], (job, now, random) => failAttempt(job, readFailure({ code: "DISCARD" }), { now, random })],
  timeOut: [["timeout"], (job, now, random) => timeOut(job, { now, random })],
  stall: [["timeout"], (job, now, random) => stall(job, { now, random })],
  exceedTotal: [["timeout", "expire"], (job, now) => exceedTotal(job, now)],
  loseLease: [["lease-end"], (job, now, random) => loseLease(job, "visibility_timeout", { now, random })],
  die: [["lease-end"], (job, now, random) => loseLease(job, "worker_death", { now, random })],
  handBack: [["requeue"], (job, now) => handBack(job, null, now)],
  snooze: [["requeue"], (job, now, random) => snooze(job, readFailure({ code: "SNOOZE" }), { now, random })],
  promote: [["timer"], (job, now) => promote(job, now)],
  expire: [["expire"], (job, now) => expire(job, now)],
  cancel: [["cancel"], (job, now) => cancel(job, now)],
  activate: [["activate"], (job, now) => activate(job, now)],
  retry: [["retry"], (job, now) => retry(job, now)],
  due: [["timer", "expire", "timeout", "lease-end"], (job, now, random) => decideDue(job, { now, random })],
} as const satisfies Readonly<Record<string, readonly [readonly Trigger[], Move]>>;

const moveNames = Object.keys(MOVES) as (keyof typeof MOVES)[];

const requests = fc
  .record({
    maxAttempts: fc.integer({ min: 0, max: 4 }),
    pending: fc.boolean(),
    scheduledAt: fc.option(fc.integer({ min: START - 1_000, max: START + 100_000 })),
    expiresAt: fc.option(fc.integer({ min: START - 1_000, max: START + 1_000_000 })),
    totalMs: fc.option(fc.integer({ min: 1, max: 500_000 })),
    enqueueTtlMs: fc.option(fc.integer({ min: 1, max: 300_000 })),
    policy: fc.constantFrom({}, { retry: { on_exhaustion: "dead_letter", backoff_strategy: "linear" } }),
  })
  .map(({ policy, ...limits }) => {
    const shown = { ...policy, total_timeout_ms: limits.totalMs, enqueue_ttl_ms: limits.enqueueTtlMs };
    return { ...limits, attributes: JSON.stringify(shown) };
  });

const steps = fc.array(
  fc.record<Step>({
    // Claims are drawn often, else most sequences would never get to the interesting part.
    move: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom("claim", "due") },
      { weight: 3, arbitrary: fc.constantFrom(...moveNames) },
    ),
    after: fc.integer({ min: 0, max: 100_000 }),
    chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  }),
  { maxLength: 60 },
);

type Visit = (before: JobRecord, after: JobRecord, transition: Transition, triggers: readonly Trigger[]) => void;

/** Plays the steps that are legal, and makes sure that the others are refused as conflicts. */
function play(request: Parameters<typeof sampleRequest>[0], sequence: readonly Step[], visit: Visit): void {
  let now = START;
  let job = Object.freeze(newJob(sampleRequest(request), { id: JOB_ID, digest: null, fingerprint: null }, now).job);
  for (const { move, after, chance } of sequence) {
    now += after;
    const [triggers, decide] = MOVES[move];
    const transition = attempt(() => decide(job, now, () => chance));
    if (transition === null) continue;
    const next = Object.freeze(apply(job, transition));
    visit(job, next, transition, triggers);
    job = next;
  }
}

function attempt(decide: () => Transition | null): Transition | null {
  try {
    return decide();
  } catch (error) {
    if (error instanceof OjsError && error.code === "conflict") return null;
    throw error;
  }
}

function always(seed: number, visit: Visit): void {
  fc.assert(
    fc.property(requests, steps, (request, sequence) => play(request, sequence, visit)),
    { seed, numRuns: runsOf("sequences of moves") },
  );
}

describe("any sequence of moves", () => {
  it("goes along the table, and nowhere else", () => {
    always(21, (before, after, _transition, triggers) => {
      expect(triggers.some((trigger) => mayMove(before.state, after.state, trigger))).toBe(true);
    });
  });

  it("is refused exactly where the table has no move", () => {
    always(22, (_before, job) => {
      const moves: [Trigger, Move][] = moveNames
        // These two stand for more than one trigger.
        .filter((name) => name !== "due" && name !== "exceedTotal")
        .map((name) => [MOVES[name][0][0], MOVES[name][1]]);
      for (const [trigger, decide] of moves) {
        const legal = JOB_STATES.some((to) => mayMove(job.state, to, trigger));
        expect(attempt(() => decide(job, START + 1e9, () => 0.5)) !== null).toBe(legal);
      }
    });
  });

  it("never starts more attempts than the job allows", () => {
    always(23, (_before, job) => {
      expect(job.attempt).toBeLessThanOrEqual(Math.max(1, job.maxAttempts) + job.returned);
      expect(job.returned).toBeLessThanOrEqual(job.attempt);
    });
  });

  it("changes attempt and lease only by a claim or an operator's retry, and never reuses a lease", () => {
    always(24, (before, after) => {
      const claimed = after.state === "active" ? 1 : 0;
      expect(after.lease).toBe(before.lease + claimed);
      if (before.state !== "discarded") expect(after.attempt).toBe(before.attempt + claimed);
    });
  });

  it("has a timer where one is needed, and none where nothing can happen", () => {
    always(25, (_before, job) => {
      expect(job.dueAt).toBe(dueAtOf(job));
      if (isTerminal(job.state)) expect(job.dueAt).toBeNull();
      if (["scheduled", "retryable", "active"].includes(job.state)) expect(job.dueAt).not.toBeNull();
    });
  });

  it("is due exactly when there is something to do", () => {
    always(26, (_before, job) => {
      const context = (now: number) => ({ now, random: () => 0.5 });
      if (job.dueAt === null) return expect(decideDue(job, context(START + 1e12))).toBeNull();
      expect(decideDue(job, context(job.dueAt - 1))).toBeNull();
      expect(decideDue(job, context(job.dueAt))).not.toBeNull();
    });
  });

  it("has a lease while it is active, and only then", () => {
    always(27, (_before, job) => {
      const active = job.state === "active";
      expect([job.leaseMs, job.leaseUntil, job.timeoutAt].every((value) => (value !== null) === active)).toBe(true);
    });
  });

  it("knows its end while it has one, and only then", () => {
    always(28, (_before, job) => {
      expect(job.endedAt !== null).toBe(isTerminal(job.state));
      if (job.deadLetter || job.expired) expect(job.state).toBe("discarded");
      expect(job.deadLetter && job.expired).toBe(false);
    });
  });

  it("records one error for each failed attempt, and counts it", () => {
    always(29, (before, after, { failure, error }) => {
      const count = (job: JobRecord) => JSON.parse(job.errors ?? "[]").length;
      if (!failure) return;
      expect(error).toMatchObject({ attempt: after.attempt });
      expect(count(after)).toBe(Math.min(25, count(before) + 1));
    });
  });

  it("does not extend what nobody holds", () => {
    always(30, (_before, job) => {
      expect(isHeld(job, job.workerId ?? "w", { lease: job.lease })).toBe(job.state === "active");
    });
  });
});
