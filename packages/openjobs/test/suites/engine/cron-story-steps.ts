/** What owners of cron jobs, workers, clocks and accidents do in a story: plain values that fast-check can shrink. */
import fc from "fast-check";
import { OVERLAP_POLICIES, type OverlapPolicy } from "../../../src/core/cron.ts";
import type { Passage } from "./servers.ts";
import { anyCrash, anyPace } from "./stories.ts";

/** Two engines work on one store. */
export const ENGINES = 2;

const EXPRESSIONS = ["*/10 * * * * *", "@every 7s", "* * * * *"] as const;

/** One thing that happens, through one of the engines. */
export type CronStep = { readonly engine: number } & (
  | { readonly kind: "register"; readonly policy: OverlapPolicy; readonly expression: string }
  | { readonly kind: "enable" | "disable" | "remove" | "trigger"; readonly policy: OverlapPolicy }
  | { readonly kind: "fetch"; readonly count: number }
  | { readonly kind: "ack" | "nack" | "discard" | "cancel"; readonly pick: number }
);

/** What happens between two moments of rest. */
export interface CronMoment extends Passage {
  /** All at once, in this order. */
  readonly steps: readonly CronStep[];
  /** The wall clock is set by so much. */
  readonly jumpMs: number;
}

/** What happens, and how the storage takes its time. */
export interface CronStory {
  readonly moments: readonly CronMoment[];
  readonly pace: number;
}

const engine = fc.nat({ max: ENGINES - 1 });
/** There is one cron job for each policy, so that its policy never changes. */
const policy = fc.constantFrom(...OVERLAP_POLICIES);

const step: fc.Arbitrary<CronStep> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("register" as const),
      engine,
      policy,
      expression: fc.constantFrom(...EXPRESSIONS),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("trigger" as const, "trigger", "enable", "disable", "remove"),
      engine,
      policy,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("fetch" as const), engine, count: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom("ack" as const, "ack", "nack", "discard", "cancel"),
      engine,
      pick: fc.nat({ max: 20 }),
    }),
  },
);

const moment: fc.Arbitrary<CronMoment> = fc.record({
  steps: fc.array(step, { maxLength: 5 }),
  jumpMs: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(-9_000, 4_500, 95_000) },
  ),
  advanceMs: fc.constantFrom(0, 400, 3_000, 10_000, 35_000),
  hurried: fc.boolean(),
  crash: anyCrash(ENGINES),
});

export const cronStories: fc.Arbitrary<CronStory> = fc.record({
  moments: fc.array(moment, { minLength: 1, maxLength: 10, size: "max" }),
  pace: anyPace,
});
