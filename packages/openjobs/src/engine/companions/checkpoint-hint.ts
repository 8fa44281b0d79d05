import type { JobRecord } from "../../core/job.ts";
import type { Storage } from "../../storage/storage.ts";
import { answered } from "../storage-trouble.ts";

/** Inserted, claimed: jobs that have seen no more than this were never left by anybody. */
const FRESH_REVISION = 2;

/** Knows whether there may be checkpoints at all, so that claims need not ask. */
export class CheckpointHint {
  #isKnown = false;
  readonly #hasCompany: () => boolean;

  /** @param hasCompany Whether other servers may keep checkpoints. */
  constructor(hasCompany: () => boolean) {
    this.#hasCompany = hasCompany;
  }

  /** Asks the store whether one was left there before. */
  async load({ records }: Pick<Storage, "records">): Promise<void> {
    if ((await answered(records.nextDue("checkpoint"))) !== undefined) this.#isKnown = true;
  }

  /** There is one. */
  known(): void {
    this.#isKnown = true;
  }

  /** Whether one of these jobs, which were just claimed, may have left one. */
  mayBeOf(jobs: readonly JobRecord[]): boolean {
    return (this.#isKnown || this.#hasCompany()) && jobs.some(({ revision }) => revision > FRESH_REVISION);
  }
}
