/** What happens in stories of limited work: plain values that fast-check can shrink. */
import fc from "fast-check";
import type { RateLimit } from "../../../src/core/rate-limit.ts";
import type { Passage } from "./servers.ts";
import { anyCrash, anyPace } from "./stories.ts";

/** The limits of the stories; two of them share a key. */
export const LIMITS: readonly RateLimit[] = [
  { key: "one", concurrency: 1 },
  { key: "few", concurrency: 2 },
  { key: "few", concurrency: 3 },
  { key: "pace", rate: { limit: 2, periodMs: 6_400 } },
  { key: "drip", throttle: { limit: 1, periodMs: 1_000 }, concurrency: 2 },
];

export const LIMITED_QUEUES: readonly string[] = ["a", "b"];

/** One thing that happens. Numbers pick from what exists at that moment. */
export type LimitStep =
  /** Of a job under the limit with this number; none when there are not so many. */
  | { readonly kind: "enqueue"; readonly limit: number; readonly queue: string; readonly priority: number }
  | { readonly kind: "fetch"; readonly queues: readonly string[]; readonly count: number; readonly waitMs: number }
  | { readonly kind: "ack" | "nack" | "requeue" | "discard"; readonly pick: number }
  | { readonly kind: "cancel"; readonly pick: number }
  | { readonly kind: "prioritize"; readonly pick: number; readonly priority: number };

/** What happens between two moments of rest, each through one of the servers. */
export interface LimitMoment extends Passage {
  readonly steps: readonly (LimitStep & { readonly server: number })[];
}

/** What happens, on how many servers, and how the storage takes its time. */
export interface LimitStory {
  readonly moments: readonly LimitMoment[];
  readonly servers: number;
  readonly pace: number;
}

const server = fc.nat({ max: 1 });
const pick = fc.nat({ max: 20 });
const priority = fc.integer({ min: -1, max: 1 });

const step: fc.Arbitrary<LimitMoment["steps"][number]> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("enqueue" as const),
      limit: fc.nat({ max: LIMITS.length }),
      queue: fc.constantFrom(...LIMITED_QUEUES),
      priority,
      server,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("fetch" as const),
      queues: fc.shuffledSubarray([...LIMITED_QUEUES], { minLength: 1 }),
      count: fc.integer({ min: 1, max: 3 }),
      waitMs: fc.constantFrom(0, 9_000, 30_000),
      server,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("ack" as const, "ack", "nack", "requeue", "discard"), pick, server }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), pick, server }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("prioritize" as const), pick, priority, server }) },
);

const moment: fc.Arbitrary<LimitMoment> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  advanceMs: fc.constantFrom(0, 1, 700, 1_000, 4_000, 11_000),
  hurried: fc.boolean(),
  crash: anyCrash(2),
});

export const limitStories: fc.Arbitrary<LimitStory> = fc.record({
  moments: fc.array(moment, { minLength: 2, maxLength: 14 }),
  servers: fc.integer({ min: 1, max: 2 }),
  pace: anyPace,
});
