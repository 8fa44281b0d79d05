/**
 * Fetches that do not take every job (docs/adr/029-choosy-fetches.md): look at what waits, choose, claim what was chosen. Others
 * may be faster in between; then there is less, and never a job that was not chosen or that somebody else has.
 */
import type { JobRecord } from "../core/job.ts";
import { isChosen, type JobChoice } from "../core/job-choice.ts";
import type { EngineContext } from "./context.ts";
import { answered } from "./storage-trouble.ts";

/** Jobs that are looked at together. */
const PAGE = 200;

/** Where to look, for how many, and what for. */
export interface Chosen {
  readonly queues: readonly string[];
  readonly count: number;
  readonly choice: JobChoice;
}

/** Claims some of these jobs of a queue. */
type ClaimSome = (queue: string, ids: readonly string[], limit: number) => Promise<readonly JobRecord[]>;

/** Claims the first jobs that suit. */
export async function claimChosen(
  { storage, clock }: Pick<EngineContext, "storage" | "clock">,
  { queues, count, choice }: Chosen,
  claimSome: ClaimSome,
): Promise<readonly JobRecord[]> {
  const { tenant = null } = choice;
  const claimed: JobRecord[] = [];
  for (const queue of queues) {
    let after: JobRecord | undefined;
    do {
      const query = { queue, tenant, now: clock.now(), limit: PAGE, after: after ?? null };
      const page = await answered(storage.jobs.claimable(query));
      const ids = page.filter((job) => isChosen(job, choice)).map(({ id }) => id);
      if (ids.length > 0) claimed.push(...(await claimSome(queue, ids, count - claimed.length)));
      if (claimed.length === count) return claimed;
      after = page.length < PAGE ? undefined : page.at(-1);
    } while (after !== undefined);
  }
  return claimed;
}
