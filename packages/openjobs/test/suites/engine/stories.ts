/** What all stories of the engine have in common: how they are told, how storages take their time, how servers are killed. */
import fc from "fast-check";
import type { CrashPoint } from "../../support/crashing-storage.ts";
import { type Drawn, telling } from "../../support/runs.ts";
import type { OpenStorage, StorageHandle } from "../storage/bench.ts";
import { EngineBench } from "./bench.ts";

/** How to tell other stories than usual. */
export type StoryParameters = Pick<fc.Parameters, "numRuns" | "seed" | "endOnFailure">;

/** Tells stories of one kind; rejects with the shortest one in which a promise was broken. */
export type TellStories = (open: OpenStorage, parameters?: StoryParameters) => Promise<void>;

/** `STORY_SEED=7` tells other stories. */
const SEED = Number(process.env.STORY_SEED ?? 20_260_101);

/** Tells stories drawn from these. */
export async function assertStories<Story>(
  drawn: Drawn,
  stories: fc.Arbitrary<Story>,
  tell: (story: Story) => Promise<void>,
  parameters: StoryParameters = {},
): Promise<void> {
  await fc.assert(fc.asyncProperty(stories, tell), { ...telling(drawn, SEED), ...parameters });
}

/** Stories each of which has a store of its own. */
export function storiesOf<Story extends { readonly pace: number }>(
  drawn: Drawn,
  stories: fc.Arbitrary<Story>,
  tell: (bench: EngineBench, story: Story) => Promise<void>,
): TellStories {
  return (open, parameters) =>
    assertStories(
      drawn,
      stories,
      async (story) => withBench(await open(), open, story.pace, (bench) => tell(bench, story)),
      parameters,
    );
}

/** A bench for one story; `handle` is opened and closed by it. */
export async function withBench(
  handle: StorageHandle,
  open: OpenStorage,
  pace: number,
  tell: (bench: EngineBench) => Promise<void>,
): Promise<void> {
  const bench = new EngineBench(handle, open, pace);
  try {
    await tell(bench);
  } finally {
    await bench.end();
  }
}

/** How the storage takes its time: at once as often as not. */
export const anyPace: fc.Arbitrary<number> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 0x7fff_ffff }) },
);

/** A server is killed at a commit, if it comes to so many. */
export interface Crash {
  readonly server: number;
  readonly point: CrashPoint;
  /** Commits that it does before. */
  readonly spared: number;
}

/** In about every fourth moment. */
export function anyCrash(servers: number): fc.Arbitrary<Crash | undefined> {
  const crash = fc.record({
    server: fc.nat({ max: servers - 1 }),
    point: fc.constantFrom<CrashPoint>("before", "after"),
    spared: fc.nat({ max: 3 }),
  });
  return fc.option(crash, { nil: undefined, freq: 3 });
}
