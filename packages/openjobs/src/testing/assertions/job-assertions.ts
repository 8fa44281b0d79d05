/** Assertions about the jobs of one test (ojs-testing §6.1–6.3). They look at once, so there is nothing to await. */
import type { Job, JobStateWord } from "../../core/codec/job-decode.ts";
import { ojsError } from "../../core/errors.ts";
import { expectNone, expectSome, foundOf, type Sought } from "./expectation.ts";
import {
  describeJob,
  describeMatch,
  differences,
  isOfType,
  type JobCondition,
  type JobKind,
  type JobMatch,
  type JobMatchOf,
  type JobOf,
  typeOf,
} from "./job-match.ts";
import { Sighted } from "./sight.ts";
import { TestAssertionError } from "./test-assertion-error.ts";

const hasRun: JobCondition = ({ attempt }) => (attempt > 0 ? "" : "has not run");

/** See above. With a definition as its kind, the match and what comes back are typed by it. */
export abstract class JobAssertions extends Sighted {
  /**
   * The jobs that were enqueued since the beginning, or since `clear()`, the oldest first, in whatever state they are now.
   *
   * @example expect(ojs.allEnqueued("email.send").map(({ args }) => args)).toEqual([["ada@example.com"]]);
   */
  allEnqueued<Kind extends JobKind>(kind?: Kind, match?: JobMatchOf<Kind>): readonly JobOf<Kind>[] {
    return promised<readonly JobOf<Kind>[]>(foundOf(this.#sought("enqueued", kind ?? "*", match)));
  }

  /**
   * That such a job was enqueued, by whatever way, and whatever has become of it since.
   *
   * @returns The first of them.
   * @throws TestAssertionError that lists the jobs that are there.
   * @example ojs.assertEnqueued("email.send", { args: { to: "ada@example.com" }, queue: "email" });
   * @example const { id } = ojs.assertEnqueued(sendEmail, { args: ["ada@example.com", "welcome"] });
   */
  assertEnqueued<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): JobOf<Kind> {
    return this.expectJob("enqueued", kind, match);
  }

  /**
   * That no such job was enqueued.
   *
   * @throws TestAssertionError that lists those that were.
   * @example ojs.refuteEnqueued("email.send", { args: { to: "nobody@example.com" } });
   * @example ojs.refuteEnqueued("*");
   */
  refuteEnqueued<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): void {
    this.expectNoJob("enqueued", kind, match);
  }

  /**
   * That such a job has run, once at least.
   *
   * @returns The first of them.
   * @throws TestAssertionError.
   * @example ojs.assertPerformed(sendEmail, { count: 2 });
   */
  assertPerformed<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): JobOf<Kind> {
    return this.expectJob("performed", kind, match, hasRun);
  }

  /**
   * That no such job has run.
   *
   * @throws TestAssertionError.
   * @example ojs.refutePerformed(sendEmail);
   */
  refutePerformed<Kind extends JobKind>(kind: Kind, match?: JobMatchOf<Kind>): void {
    this.expectNoJob("performed", kind, match, hasRun);
  }

  /**
   * That a job is in a state.
   *
   * @throws TestAssertionError.
   * @example ojs.assertJobState(job.id, "retryable");
   */
  assertJobState(id: string, state: JobStateWord): void {
    const job = this.sight.jobs().find((one) => one.id === id);
    if (job?.state === state) return;
    const is = job === undefined ? "does not exist" : `is ${job.state}`;
    throw new TestAssertionError(`Expected the job ${id} to be ${state}, but it ${is}.`, state, job?.state);
  }

  /** That there is one. */
  protected expectJob<Kind extends JobKind>(
    verb: string,
    kind: Kind,
    match: JobMatch | undefined,
    ...conditions: readonly JobCondition[]
  ): JobOf<Kind> {
    return promised<JobOf<Kind>>(expectSome(this.#sought(verb, kind, match, conditions), countOf(match)));
  }

  /** That there is none. */
  protected expectNoJob(
    verb: string,
    kind: JobKind,
    match: JobMatch | undefined,
    ...conditions: readonly JobCondition[]
  ): void {
    expectNone(this.#sought(verb, kind, match, conditions));
  }

  #sought(verb: string, kind: JobKind, match: JobMatch = {}, conditions: readonly JobCondition[] = []): Sought<Job> {
    const type = typeOf(kind);
    return {
      noun: "job",
      verb,
      wanted: describeMatch(type, match),
      all: this.sight.jobs(),
      differences: (job) => differences(job, type, match, conditions),
      describe: describeJob,
      heading: "These jobs were there:",
      nothing: "No job was enqueued.",
      isNear: (job) => isOfType(job, type),
    };
  }
}

/** What a definition says of its jobs is the promise of those who wrote it, as everywhere. */
function promised<T>(jobs: unknown): T {
  return jobs as T;
}

/** @throws OjsValidationError for a number that nothing can be asserted of. */
function countOf({ count }: JobMatch = {}): number | undefined {
  if (count === undefined || (Number.isInteger(count) && count > 0)) return count;
  throw ojsError("invalid_request", `count is ${count}, but has to be a whole number of at least 1.`, {
    hint: "That there is none is said by the assertion that begins with refute.",
    details: { field: "count" },
  });
}
