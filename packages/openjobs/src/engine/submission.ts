/** What operations hand to the committer: a request, and what to do with its outcome. */
import type { JobRecord } from "../core/job.ts";
import type { UniqueGuard } from "../core/unique-guard.ts";
import type {
  Beat,
  BeatOutcome,
  Claim,
  CompletedJob,
  Completion,
  Effect,
  Unit,
  UnitOutcome,
  UnitRefused,
} from "../storage/storage.ts";
import type { Announcer } from "./announcer.ts";

/** Announces something that was decided. */
export type Tell = (announcer: Announcer) => void;

/** A change that needs to see jobs first. */
export interface Decision<T> {
  /** The jobs to read; the decision changes these and those that are in the way, and no others. */
  readonly ids: readonly string[];
  /** Of new jobs: whatever is in their way is read as well. */
  readonly guards?: readonly UniqueGuard[];
  /** How many rows it changes, when it has read them itself. */
  readonly rows?: number;
  /**
   * Decides over the jobs as they are, in the order of `ids`. Called again, with the refusal, when another commit was
   * faster. What it throws goes to the caller, and nothing is committed.
   */
  decide(jobs: readonly (JobRecord | undefined)[], context: DecisionContext): Decided<T>;
}

/** What a decision may want to know besides the jobs. */
export interface DecisionContext {
  /** The time of the commit, Unix milliseconds. */
  readonly now: number;
  /** Why the previous try was refused. */
  readonly refused: UnitRefused | undefined;
  /** The jobs that the decision's guards have met. */
  readonly inTheWay: readonly JobRecord[];
}

/** The result of a decision. */
export interface Decided<T> {
  /** All of them happen, or none; empty = there is nothing to do. */
  readonly effects: readonly Effect[];
  /** Runs once the effects are committed, in commit order, and makes the caller's answer. */
  readonly committed: () => T;
  /** Says what `committed` announces of more than the effects show, for those who have to hear of it in the commit. */
  readonly tell?: Tell;
}

/** Makes the caller's answer of an outcome; `at` is the time of the commit. Runs in commit order. */
export type Answer<Outcome, T> = (outcome: Outcome, at: number) => T;

/** A request on its way, and its caller, who is answered by one of `settle` and `fail`. */
export interface Pending<Request, Outcome> {
  readonly request: Request;
  readonly settle: (outcome: Outcome, at: number) => void;
  readonly fail: (error: unknown) => void;
}

/** A decision on its way; the type of its answer is between it and its caller. */
export interface PendingDecision {
  readonly ids: readonly string[];
  readonly guards: readonly UniqueGuard[];
  readonly decide: (
    jobs: readonly (JobRecord | undefined)[],
    context: DecisionContext,
  ) => Pick<Decided<unknown>, "effects" | "tell"> & { readonly settle: (at: number) => void };
  readonly fail: (error: unknown) => void;
  /** Why the previous try was refused, and how many were. */
  readonly refused: UnitRefused | undefined;
  readonly refusals: number;
}

/** A claim that is dropped, and answered with nothing, if nobody wants it any more at the moment of the commit. */
export interface ClaimRequest {
  readonly claim: Claim;
  readonly wanted: () => boolean;
}

/** What a submission takes of a group's room. */
export interface Size {
  /** Rows that the storage has to touch. */
  readonly weight: number;
  readonly bytes: number;
}

/** Everything that can be submitted. */
export type Submission = Size &
  (
    | ({ readonly kind: "completion" } & Pending<readonly Completion[], readonly (CompletedJob | null)[]>)
    | ({ readonly kind: "beat" } & Pending<Beat, BeatOutcome>)
    | ({ readonly kind: "decision" } & PendingDecision)
    | ({ readonly kind: "insert" } & Pending<Unit, UnitOutcome>)
    | ({ readonly kind: "claim" } & Pending<ClaimRequest, readonly JobRecord[]>)
  );

/**
 * A promise for the caller and the two ways of ending it. `answer` runs synchronously when the outcome is known, so
 * that what it tells the world keeps the order of the commits; what it throws rejects the promise.
 */
export function ticket<Outcome, T>(
  answer: Answer<Outcome, T>,
): { readonly promise: Promise<T> } & Pick<Pending<never, Outcome>, "settle" | "fail"> {
  let settle: (outcome: Outcome, at: number) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const promise = new Promise<T>((resolve, reject) => {
    fail = reject;
    settle = (outcome, at) => {
      try {
        resolve(answer(outcome, at));
      } catch (error) {
        reject(error);
      }
    };
  });
  return { promise, settle, fail };
}

/** Fixed columns of a row, roughly. */
const ROW_BYTES = 300;

/** The room of something that touches this many rows and carries this many characters of JSON. */
export function sizeOf(rows: number, characters = 0): Size {
  return { weight: Math.max(1, rows), bytes: rows * ROW_BYTES + characters };
}

/** The room of new jobs. */
export function sizeOfJobs(jobs: readonly JobRecord[]): Size {
  const characters = jobs.reduce((sum, job) => sum + job.args.length + job.meta.length + job.attributes.length, 0);
  return sizeOf(jobs.length, characters);
}
