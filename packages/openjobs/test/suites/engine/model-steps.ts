/** What producers, workers, operators, time and accidents do in a model run: plain values that fast-check can shrink. */
import fc from "fast-check";
import { anyCrash, anyPace, type Crash } from "./stories.ts";

/** One thing that happens. Numbers pick from what exists at that moment. */
export type Step =
  | { readonly kind: "enqueue"; readonly slot: number; readonly variant: number }
  | { readonly kind: "unique"; readonly key: number; readonly onConflict: string }
  | { readonly kind: "batch"; readonly size: number; readonly poison: boolean }
  | { readonly kind: "fetch"; readonly worker: number; readonly count: number; readonly waitMs: number }
  | { readonly kind: "ack" | "nack" | "requeue" | "discard"; readonly pick: number }
  | { readonly kind: "beat"; readonly worker: number }
  | { readonly kind: "cancel" | "revive" | "delete" | "look" | "activate"; readonly pick: number }
  | { readonly kind: "prioritize"; readonly pick: number; readonly priority: number }
  | {
      readonly kind: "select";
      readonly verb: "cancel" | "retry" | "delete";
      /** This many jobs by their ids; null = all that the operation can do something about. */
      readonly picks: readonly number[] | null;
      readonly atomic: boolean;
      /** Requests with one key are one request. */
      readonly key: number | null;
    }
  | { readonly kind: "pause" | "resume" };

/** What happens between two moments of rest. */
export interface Moment {
  /** All at once, in this order. */
  readonly steps: readonly Step[];
  readonly advanceMs: number;
  readonly crash: Crash | undefined;
}

/** What happens, and how the storage takes its time. */
export interface ModelStory {
  readonly moments: readonly Moment[];
  readonly pace: number;
}

export const WORKERS = 3;

const pick = fc.nat({ max: 30 });
const worker = fc.nat({ max: WORKERS - 1 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("enqueue" as const),
      slot: fc.nat({ max: 12 }),
      variant: fc.nat({ max: 10 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("unique" as const),
      key: fc.nat({ max: 2 }),
      onConflict: fc.constantFrom("reject", "ignore", "replace", "replace_except_schedule"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("batch" as const),
      size: fc.integer({ min: 2, max: 4 }),
      poison: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("fetch" as const),
      worker,
      count: fc.integer({ min: 1, max: 3 }),
      waitMs: fc.constantFrom(0, 0, 3_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom("ack" as const, "nack", "requeue", "discard"), pick }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("beat" as const), worker }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("cancel" as const, "revive", "delete", "look", "activate"), pick }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("prioritize" as const),
      pick,
      priority: fc.integer({ min: -2, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("select" as const),
      verb: fc.constantFrom("cancel" as const, "retry", "retry", "delete"),
      picks: fc.option(fc.array(pick, { minLength: 1, maxLength: 4 })),
      atomic: fc.boolean(),
      key: fc.option(fc.nat({ max: 1 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("pause" as const, "resume", "resume") }) },
);

const moment: fc.Arbitrary<Moment> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  advanceMs: fc.constantFrom(0, 1, 700, 1_000, 4_000, 11_000, 31_000),
  crash: anyCrash(1),
});

/** Thirty moments or fewer, about every fourth of them a crash. */
export const modelStories: fc.Arbitrary<ModelStory> = fc.record({
  moments: fc.array(moment, { minLength: 5, maxLength: 30 }),
  pace: anyPace,
});
