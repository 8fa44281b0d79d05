/**
 * What wakes a waiting fetch: a job that can be had, or one that will be if its insert is committed. The second kind
 * saves a commit: the claim that it causes is submitted right behind the insert and rides in the same group.
 */
import type { JobRecord } from "../core/job.ts";

/** `coming` = the insert is on its way; `there` = committed; `dropped` = nobody goes for it any more; `used` = it has done its work. */
type Stage = "coming" | "there" | "dropped" | "used";

/** One wake-up of one waiter. */
export class WakeUp {
  readonly #queue: string;
  readonly #jobId: string | undefined;
  readonly #wakeNext: (queue: string) => void;
  #stage: Stage;

  /** Without a `jobId` something in the queue can be had already. `wakeNext` wakes the next waiter of the queue. */
  constructor(queue: string, jobId: string | undefined, wakeNext: (queue: string) => void) {
    this.#queue = queue;
    this.#jobId = jobId;
    this.#wakeNext = wakeNext;
    this.#stage = jobId === undefined ? "there" : "coming";
  }

  /** The insert is committed. Whoever was woken and has not claimed the job by now may have looked too early. */
  arrived(): void {
    if (this.#stage === "coming") this.#stage = "there";
    else if (this.#stage === "dropped") this.#wakeNext(this.#queue);
  }

  /** The claim was empty. True when the job has arrived while it was on its way: it may have looked too early. */
  foundNothing(): boolean {
    const arrived = this.#jobId !== undefined && this.#stage === "there";
    this.#stage = this.#stage === "coming" ? "dropped" : "used";
    return arrived;
  }

  /** A claim that began after the wake-up has brought these jobs, and its waiter goes. */
  end(jobs: readonly JobRecord[]): void {
    if (this.#jobId === undefined) this.#stage = "used";
    else this.handOn(jobs);
  }

  /** Its waiter goes with these jobs. If the one that it was woken for is not among them, that is for somebody else. */
  handOn(jobs: readonly JobRecord[]): void {
    const stage = this.#stage;
    const got = this.#jobId !== undefined && jobs.some(({ id }) => id === this.#jobId);
    this.#stage = got || stage === "there" ? "used" : "dropped";
    if (!got && stage === "there") this.#wakeNext(this.#queue);
  }
}
