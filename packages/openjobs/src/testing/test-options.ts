/** What can be said to a test kit. */
import { refusedOption, refuseUnknown } from "../core/codec/enqueue-options-encode.ts";
import type { Duration } from "../core/duration.ts";
import type { Moment } from "./assertions/moment.ts";

/**
 * `real` (default): jobs wait for `drain()`, and then run as a worker runs them, retries and all. `inline`: they run within `enqueue`,
 * once, and what they throw comes out of it. `fake`: they are recorded, and nothing runs.
 */
export type TestMode = "real" | "inline" | "fake";

/** See `createTestOjs`. */
export interface TestOjsOptions {
  readonly mode?: TestMode;
  /** What time it is at first: a Date, RFC 3339 text, or Unix milliseconds. Default: the real time. */
  readonly now?: Moment;
  /** Of ids and jitter, which are the same for the same seed. Default 1. */
  readonly seed?: number;
}

const OPTION_NAMES: Readonly<Record<keyof TestOjsOptions, 1>> = { mode: 1, now: 1, seed: 1 };
const MODES: readonly unknown[] = ["real", "inline", "fake"] satisfies readonly TestMode[];

/** @throws OjsValidationError for what does not exist: a test that means another mode proves nothing. */
export function checkTestOptions(options: TestOjsOptions): void {
  refuseUnknown(options, OPTION_NAMES, "");
  const { mode = "real" } = options;
  if (!MODES.includes(mode))
    throw refusedOption("mode", `There is no mode "${mode}".`, `Modes are ${MODES.join(", ")}.`);
}

/** See `TestOjs.drain`. */
export interface DrainOptions {
  /** Only the jobs of this queue. Default: all. */
  readonly queue?: string;
  /**
   * Whether time passes until no job waits for its time any more: scheduled ones, and those that are to be tried again. Default
   * false. Recurring jobs fire on the way.
   */
  readonly withScheduled?: boolean;
  /** More than so many attempts are an error: a job that enqueues itself never ends. Default 10,000. */
  readonly maxJobs?: number;
  /** Longer than so long, by the real clock, is an error. Default 30 s. */
  readonly timeout?: Duration;
}

/** See `TestOjs.advance`. */
export interface AdvanceOptions {
  /** Whether jobs run on the way, each at its time. Default false: they become due, and wait for `drain()`. */
  readonly drain?: boolean;
}
