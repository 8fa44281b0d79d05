/** What the decisions of a group see of the store: read for all of them at once. */
import type { JobRecord } from "../core/job.ts";
import type { Storage } from "../storage/storage.ts";
import type { PendingDecision } from "./submission.ts";

/** What one decision sees. */
export interface Seen {
  /** In the order of its ids. */
  readonly jobs: readonly (JobRecord | undefined)[];
  /** What its guards have met. */
  readonly inTheWay: readonly JobRecord[];
  /** Ids and fingerprints: what another decision of the group may not touch, or this one would see what is past. */
  readonly places: readonly string[];
}

/** How many jobs in the way of one new job are looked at. More than a few can only be there if policies contradict. */
export const MAX_RIVALS = 100;

/** Reads what these decisions need. */
export async function see(
  decisions: readonly PendingDecision[],
  storage: Pick<Storage, "jobs">,
  now: number,
): Promise<(decision: PendingDecision) => Seen> {
  const ids = [...new Set(decisions.flatMap((decision) => decision.ids))];
  const guards = decisions.flatMap((decision) => decision.guards);
  const jobs = ids.length === 0 ? [] : await storage.jobs.get(ids);
  const rivals = guards.length === 0 ? [] : await storage.jobs.inTheWay(guards, now, MAX_RIVALS);
  const byId = new Map(ids.map((id, index) => [id, jobs[index]]));
  const byGuard = new Map(guards.map((guard, index) => [guard, rivals[index] ?? []]));
  return (decision) => {
    const inTheWay = decision.guards.flatMap((guard) => byGuard.get(guard) ?? []);
    const fingerprints = decision.guards.map(({ fingerprint }) => fingerprint);
    const places = [...decision.ids, ...inTheWay.map(({ id }) => id), ...fingerprints];
    return { jobs: decision.ids.map((id) => byId.get(id)), inTheWay, places };
  };
}
