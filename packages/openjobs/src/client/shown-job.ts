/** A job on its way back through a client's middleware. Loaded when there is some that reads. */
import type { Job } from "../core/codec/job-decode.ts";
import type { Middleware } from "../middleware/middleware.ts";

/** What acted last on the way out acts first on the way back. */
export async function shownBy(chain: readonly Middleware[], job: Job): Promise<Job> {
  let shown = job;
  for (const one of [...chain].reverse()) shown = (await one.read?.(shown)) ?? shown;
  return shown;
}
