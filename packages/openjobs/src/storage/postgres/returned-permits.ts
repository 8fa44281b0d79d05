/** Which work may be claimed because jobs of its key run no more (docs/adr/017-lanes.md). */
import type { JobRecord } from "../../core/job.ts";
import { limitOfLane } from "../../core/lane.ts";
import type { Effect, Group, Opening, UnitOutcome } from "../storage.ts";
import type { WorkflowFact } from "../workflows.ts";
import type { Database } from "./database.ts";
import { AVAILABLE, laneKey } from "./states.ts";

/** Binds a JSON array of keys. */
const WAITING_FOR = `
  SELECT DISTINCT j.queue FROM json_array_elements_text($1::json) AS w(key)
  JOIN @.jobs AS j ON j.state = ${AVAILABLE} AND j.lane IS NOT NULL AND ${laneKey("j")} = w.key`;

/** Lanes of jobs that the units of a group have made to run no more. */
export function lanesLeft(
  { units }: Pick<Group, "units">,
  outcomes: readonly UnitOutcome[],
  facts: readonly WorkflowFact[],
): readonly string[] {
  const happened = units.filter((_, index) => outcomes[index]?.ok === true);
  const lanes = happened.flatMap(({ effects }) => effects.flatMap((effect) => laneLeft(effect) ?? []));
  const cancelled = facts.flatMap((fact) => (fact.kind === "cancelled" ? (fact.job.lane ?? []) : []));
  return [...lanes, ...cancelled];
}

/** The queues in which jobs wait that are under the limits of these lanes. May name some that have to wait on. */
export async function returnedPermits(
  lanes: readonly string[],
  now: number,
  database: Database,
): Promise<readonly Opening[]> {
  const keys = new Set(lanes.map((lane) => limitOfLane(lane).key));
  const rows = await database.read(WAITING_FOR, [JSON.stringify([...keys])]);
  return rows.map(([queue]) => ({ queue: String(queue), at: now }));
}

function laneLeft(effect: Effect): string | null | undefined {
  if (effect.kind === "remove") return isRunning(effect.before) ? effect.before.lane : null;
  if (effect.kind !== "update" || !isRunning(effect.before)) return null;
  return isRunning({ ...effect.before, ...effect.change }) ? null : effect.before.lane;
}

function isRunning({ state }: JobRecord): boolean {
  return state === "active";
}
