/** What producers of unique jobs, workers and accidents do in a story: plain values that fast-check can shrink. */
import fc from "fast-check";
import type { JobState } from "../../../src/core/job.ts";
import type { Passage } from "./servers.ts";
import { anyCrash, anyPace } from "./stories.ts";

/** Two servers work on one store. */
export const SERVERS = 2;

/** Jobs of one key count as the same. */
export const KEYS = 3;

/** What a producer says about a job. */
export interface UniqueWish {
  readonly key: number;
  readonly onConflict: "reject" | "ignore" | "replace" | "replace_except_schedule";
  /** Absent = all in which a job has not ended. */
  readonly states: readonly JobState[] | undefined;
  readonly period: string | undefined;
  /** More about the job. */
  readonly more: object;
}

/** One thing that happens. Numbers pick from what exists at that moment. */
export type UniqueStep =
  /** So many producers want the same thing at once, each through the next server. */
  | { readonly kind: "enqueue"; readonly wish: UniqueWish; readonly producers: number }
  | { readonly kind: "batch"; readonly wishes: readonly UniqueWish[]; readonly server: number }
  | { readonly kind: "fetch"; readonly count: number; readonly server: number }
  | { readonly kind: "ack" | "nack" | "discard" | "requeue"; readonly pick: number; readonly server: number }
  | { readonly kind: "cancel" | "revive"; readonly pick: number; readonly server: number };

/** What happens between two moments of rest. */
export interface UniqueMoment extends Passage {
  /** All at once, in this order. */
  readonly steps: readonly UniqueStep[];
}

/** What happens, and how the storage takes its time. */
export interface UniqueStory {
  readonly moments: readonly UniqueMoment[];
  readonly pace: number;
}

const server = fc.nat({ max: SERVERS - 1 });
const pick = fc.nat({ max: 20 });

const wish: fc.Arbitrary<UniqueWish> = fc.record({
  key: fc.nat({ max: KEYS - 1 }),
  onConflict: fc.constantFrom("reject", "reject", "ignore", "replace", "replace_except_schedule"),
  states: fc.constantFrom<JobState[] | undefined>(
    undefined,
    undefined,
    ["available", "completed"],
    ["active", "retryable"],
  ),
  period: fc.constantFrom(undefined, undefined, "PT5S"),
  more: fc.constantFrom<object>({}, {}, { scheduled_at: "+PT2S" }, { expires_at: "+PT3S" }, { pending: true }),
});

const step: fc.Arbitrary<UniqueStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("enqueue" as const), wish, producers: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("batch" as const),
      wishes: fc.array(wish, { minLength: 2, maxLength: 3 }),
      server,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("fetch" as const), count: fc.integer({ min: 1, max: 3 }), server }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom("ack" as const, "ack", "nack", "discard", "requeue"),
      pick,
      server,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("cancel" as const, "revive"), pick, server }) },
);

const moment: fc.Arbitrary<UniqueMoment> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 5 }),
  advanceMs: fc.constantFrom(0, 0, 1, 2_000, 6_000, 11_000),
  hurried: fc.boolean(),
  crash: anyCrash(SERVERS),
});

export const uniqueStories: fc.Arbitrary<UniqueStory> = fc.record({
  moments: fc.array(moment, { minLength: 1, maxLength: 10 }),
  pace: anyPace,
});
