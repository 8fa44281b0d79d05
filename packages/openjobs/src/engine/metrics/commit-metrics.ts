/** How long commits take. One observation a group, however many jobs are in it. */
import { Histogram } from "./histogram.ts";
import type { CommitReading } from "./metrics-engine.ts";

/** Seconds: from a commit in memory to a disk or network in trouble. */
const BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts. */
export class CommitMetrics {
  readonly #duration = new Histogram(BOUNDS);
  #failed = 0;

  /** A commit is over; one that failed may have failed fast, so its time would only mislead. */
  ended(ok: boolean, ms: number): void {
    if (ok) this.#duration.observe(ms / 1_000);
    else this.#failed += 1;
  }

  read(): CommitReading {
    return { duration: this.#duration.read(), failed: this.#failed };
  }
}
