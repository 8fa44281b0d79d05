/** What all assertions have in common: they look for something, and say what was there instead. */
import { TestAssertionError } from "./test-assertion-error.ts";

/** What is looked for, and among what. */
export interface Sought<T> {
  /** As a sentence has it: `job`. */
  readonly noun: string;
  /** What was to become of it: `enqueued`. */
  readonly verb: string;
  /** What it is like: `email.send with queue "email"`. */
  readonly wanted: string;
  readonly all: readonly T[];
  /** Why one is not meant; empty when it is. */
  readonly differences: (one: T) => readonly string[];
  /** A line about one. */
  readonly describe: (one: T) => string;
  /** Before the lines. */
  readonly heading: string;
  /** When there are none. */
  readonly nothing: string;
  /** Those that may have been meant come first; without it, the last ones are shown, in their order. */
  readonly isNear?: (one: T) => boolean;
}

/** Those that are meant. */
export function foundOf<T>({ all, differences }: Pick<Sought<T>, "all" | "differences">): readonly T[] {
  return all.filter((one) => differences(one).length === 0);
}

/**
 * That there are some, or so many.
 *
 * @returns The first of them.
 * @throws TestAssertionError.
 */
export function expectSome<T>(sought: Sought<T>, count?: number): T {
  const found = foundOf(sought);
  const [first] = found;
  if (first !== undefined && (count === undefined || found.length === count)) return first;
  const { noun, verb, wanted, all } = sought;
  const many =
    count === undefined ? `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}` : `${count} ${noun}${count === 1 ? "" : "s"}`;
  const said = `Expected ${many} to be ${verb}: ${wanted}; found ${found.length}.`;
  throw new TestAssertionError(`${said}\n${listOf(all, sought)}`, count ?? "at least 1", found.length);
}

/**
 * That there are none.
 *
 * @throws TestAssertionError.
 */
export function expectNone<T>(sought: Sought<T>): void {
  const found = foundOf(sought);
  if (found.length === 0) return;
  const { noun, verb, wanted } = sought;
  const said = `Expected no ${noun} to be ${verb}: ${wanted}; found ${found.length}.`;
  throw new TestAssertionError(`${said}\n${listOf(found, sought)}`, 0, found.length);
}

/** As many as anybody reads. */
const SHOWN = 20;

/** A line for each, with what makes it another one. */
export function listOf<T>(
  all: readonly T[],
  { describe, differences, heading, nothing, isNear }: Omit<Sought<T>, "noun" | "verb" | "wanted" | "all">,
): string {
  if (all.length === 0) return nothing;
  const line = (one: T): string => {
    const why = differences(one);
    return `  ${describe(one)}${why.length === 0 ? "" : ` ← ${why.join(", ")}`}`;
  };
  const left = all.length - SHOWN;
  if (isNear === undefined) {
    return [heading, ...(left > 0 ? [`  ${left} before these`] : []), ...all.slice(-SHOWN).map(line)].join("\n");
  }
  const sorted = [...all].sort((a, b) => Number(isNear(b)) - Number(isNear(a)));
  return [heading, ...sorted.slice(0, SHOWN).map(line), ...(left > 0 ? [`  and ${left} more`] : [])].join("\n");
}
