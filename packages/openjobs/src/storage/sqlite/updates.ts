/**
 * Units that change one job each, all in the same way: what a due sweep makes of many jobs, and the ends of a workflow's members.
 * Together they take two statements instead of one each.
 */
import type { JobChange } from "../../core/job.ts";
import type { Effect, Unit } from "../storage.ts";
import type { Arrive } from "../workflows.ts";
import type { SqlValue } from "./connection.ts";
import type { Database } from "./database.ts";
import { columnOf, storedChange } from "./job-row.ts";

/** A unit that makes one change, and whose workflow may have to hear of it. */
export interface UpdatingUnit {
  readonly update: Extract<Effect, { kind: "update" }>;
  readonly arrive: Arrive | undefined;
}

/** Fewer than this go one by one: two statements that read JSON are no gain over two that do not. */
export const FEW_UPDATES = 3;

/** Binds a JSON array of `[id, revision]`; selects one JSON array of `[position, seq]` for each that is still so. */
const CURRENT = `
  SELECT json_array(wanted.key, jobs.seq) FROM json_each(?) AS wanted CROSS JOIN jobs ON jobs.id = wanted.value ->> 0
  WHERE jobs.revision = wanted.value ->> 1`;

/** The units from here on that change the same fields of different jobs. */
export function updatesFrom(units: readonly Unit[], from: number): UpdatingUnit[] {
  const alike: UpdatingUnit[] = [];
  const ids = new Set<string>();
  let fields: string | undefined;
  for (let unit = units[from]; unit !== undefined; unit = units[from + alike.length]) {
    const one = updatingUnit(unit);
    if (one === undefined || ids.has(one.update.before.id)) break;
    const own = Object.keys(one.update.change).join();
    fields ??= own;
    if (own !== fields) break;
    ids.add(one.update.before.id);
    alike.push(one);
  }
  return alike;
}

/** Makes the changes whose jobs are still at their revisions; answers their positions. */
export function updateTogether(units: readonly UpdatingUnit[], database: Database): ReadonlySet<number> {
  const [first] = units;
  const guards = JSON.stringify(units.map(({ update: { before } }) => [before.id, before.revision]));
  // CURRENT writes exactly this
  const current = database
    .all(CURRENT, [guards])
    .map((row) => JSON.parse(String(row)) as [position: number, seq: number]);
  if (first === undefined || current.length === 0) return new Set();
  const rows = current.map(([position, seq]) => [seq, ...valuesOf(units[position]?.update.change)]);
  database.run(statementOf(first.update.change), [JSON.stringify(rows)]);
  return new Set(current.map(([position]) => position));
}

function updatingUnit({ effects }: Unit): UpdatingUnit | undefined {
  const [update, arrive, more] = effects;
  if (update?.kind !== "update" || more !== undefined) return undefined;
  return arrive === undefined || arrive.kind === "arrive" ? { update, arrive } : undefined;
}

/** Binds a JSON array of `[seq, …values in the order of the fields]`. */
function statementOf(change: JobChange): string {
  const fields = Object.keys(change) as (keyof JobChange)[]; // a change has no others, by its type
  const assignments = fields.map((field, index) => `${columnOf(field)} = changed.value ->> ${index + 1}, `).join("");
  return `
  UPDATE jobs SET ${assignments}revision = jobs.revision + 1
  FROM json_each(?) AS changed WHERE jobs.seq = changed.value ->> 0`;
}

function valuesOf(change: JobChange = {}): readonly SqlValue[] {
  return storedChange(change).map(([, value]) => value);
}
