/** Assertions about the jobs of one test (ojs-testing §6). They look at once and wait for nothing. */
import type { Job, JobStateWord } from "../core/codec/job-decode.ts";
import { describeJobs, describeMatch, differences, type JobKind, type JobMatch, typeOf } from "./job-match.ts";
import { TestAssertionError } from "./test-assertion-error.ts";

const PERFORMED = (job: Job): boolean => job.attempt > 0;
const FAILED = (job: Job): boolean => job.errors.length > 0 && job.state !== "completed";

/** See above. */
export abstract class Assertions {
  /**
   * The jobs that were enqueued since the beginning, or since `clear()`, the oldest first, in whatever state they are now.
   *
   * @example expect(ojs.allEnqueued("email.send").map(({ args }) => args)).toEqual([["ada@example.com"]]);
   */
  allEnqueued(kind?: JobKind, match: JobMatch = {}): readonly Job[] {
    const jobs = this.jobs();
    return kind === undefined ? jobs : jobs.filter((job) => differences(job, typeOf(kind), match).length === 0);
  }

  /**
   * That such a job was enqueued, by whatever way, and whatever has become of it since.
   *
   * @throws TestAssertionError that lists the jobs that are there.
   * @example ojs.assertEnqueued("email.send", { args: { to: "ada@example.com" }, queue: "email" });
   */
  assertEnqueued(kind: JobKind, match: JobMatch = {}): void {
    this.#expectSome("enqueued", kind, match);
  }

  /**
   * That no such job was enqueued.
   *
   * @throws TestAssertionError that lists those that were.
   * @example ojs.refuteEnqueued("email.send", { args: { to: "nobody@example.com" } });
   */
  refuteEnqueued(kind: JobKind, match: JobMatch = {}): void {
    this.#expectNone("enqueued", kind, match);
  }

  /**
   * That such a job has run, once at least.
   *
   * @throws TestAssertionError.
   * @example ojs.assertPerformed(sendEmail, { count: 2 });
   */
  assertPerformed(kind: JobKind, match: JobMatch = {}): void {
    this.#expectSome("performed", kind, and(match, PERFORMED));
  }

  /**
   * That no such job has run.
   *
   * @throws TestAssertionError.
   * @example ojs.refutePerformed(sendEmail);
   */
  refutePerformed(kind: JobKind, match: JobMatch = {}): void {
    this.#expectNone("performed", kind, and(match, PERFORMED));
  }

  /**
   * That such a job has completed.
   *
   * @throws TestAssertionError.
   * @example ojs.assertCompleted("email.send");
   */
  assertCompleted(kind: JobKind, match: JobMatch = {}): void {
    this.#expectSome("completed", kind, { ...match, state: "completed" });
  }

  /**
   * That such a job has failed, and is waiting for another attempt or has had its last one.
   *
   * @throws TestAssertionError.
   * @example ojs.assertFailed("email.send", { where: ({ error }) => error?.type === "SmtpError" });
   */
  assertFailed(kind: JobKind, match: JobMatch = {}): void {
    this.#expectSome("failed", kind, and(match, FAILED));
  }

  /**
   * That a job is in a state.
   *
   * @throws TestAssertionError.
   * @example ojs.assertJobState(job.id, "retryable");
   */
  assertJobState(id: string, state: JobStateWord): void {
    const job = this.jobs().find((one) => one.id === id);
    if (job?.state === state) return;
    const is = job === undefined ? "does not exist" : `is ${job.state}`;
    throw new TestAssertionError(`Expected the job ${id} to be ${state}, but it ${is}.`, state, job?.state);
  }

  /** The jobs of this test, the oldest first. */
  protected abstract jobs(): readonly Job[];

  #expectSome(what: string, kind: JobKind, match: JobMatch): void {
    const type = typeOf(kind);
    const found = this.allEnqueued(type, match).length;
    const { count } = match;
    if (count === undefined ? found > 0 : found === count) return;
    const wanted = count === undefined ? "a job" : `${count} ${count === 1 ? "job" : "jobs"}`;
    const said = `Expected ${wanted} to be ${what}: ${describeMatch(type, match)}; found ${found}.`;
    throw new TestAssertionError(`${said}\n${describeJobs(this.jobs(), type, match)}`, count ?? "at least 1", found);
  }

  #expectNone(what: string, kind: JobKind, match: JobMatch): void {
    const type = typeOf(kind);
    const found = this.allEnqueued(type, match);
    if (found.length === 0) return;
    const said = `Expected no job to be ${what}: ${describeMatch(type, match)}; found ${found.length}.`;
    throw new TestAssertionError(`${said}\n${describeJobs(found, type, match)}`, 0, found.length);
  }
}

function and(match: JobMatch, also: (job: Job) => boolean): JobMatch {
  const { where } = match;
  return { ...match, where: (job) => also(job) && (where === undefined || where(job)) };
}
