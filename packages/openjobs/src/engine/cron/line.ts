/**
 * Overlap policy `enqueue` (ojs-cron §6.1): a run that comes while an earlier one is open waits in line as a pending job. A
 * record says that there is a line, so that the end of a job whose cron job has none costs one look. Here is what that record
 * is, and what a unit does to a line; `line-sequels.ts` decides who steps up.
 */
import type { JobRecord } from "../../core/job.ts";
import { isTerminal } from "../../core/states.ts";
import type { PutRecord, StoredRecord } from "../../storage/records.ts";
import type { Effect } from "../../storage/storage.ts";
import type { CronParts } from "./cron-parts.ts";

/** The kind of record that says that jobs of a cron job wait in line; its id is the name of the cron job. */
export const LINE_KIND = "cron-line";

/** What a refused unit calls the record. */
export function lineName(cron: string): string {
  return `${LINE_KIND}:${cron}`;
}

/**
 * The effect by which a unit says that the job that it inserts waits in line. Whether there is a line already, and whether
 * anybody is left to wait for, is for the sequel of the unit to find out.
 */
export function joinLine(parts: Pick<CronParts, "newId">, cron: string): PutRecord {
  return putLine(parts, cron, undefined);
}

/** Whether this is an effect of {@link joinLine}. */
export function isJoin(effect: Effect): effect is PutRecord {
  return effect.kind === "put-record" && effect.record.kind === LINE_KIND;
}

/** Says that there is a line. Under a new revision each time: that is what others notice it by. */
export function putLine({ newId }: Pick<CronParts, "newId">, cron: string, line: StoredRecord | undefined): PutRecord {
  const record = { kind: LINE_KIND, id: cron, revision: newId(), dueAt: null, body: "{}" };
  return { kind: "put-record", record, before: line?.revision ?? null };
}

/** Says that there is no line any more. */
export function dropLine(line: StoredRecord | undefined): readonly Effect[] {
  if (line === undefined) return [];
  const { kind, id, revision } = line;
  return [{ kind: "remove-record", key: { kind, id }, before: revision }];
}

/** What one unit does to the line of one cron job. */
export interface Shift {
  readonly cron: string;
  /** Ids of the jobs that end. */
  readonly ended: Set<string>;
  /** Whether the job that it inserts waits in line. */
  joins: boolean;
}

/** What the effects of a unit do to lines that there may be. */
export function shiftsOf(effects: readonly Effect[]): readonly Shift[] {
  const shifts = new Map<string, Shift>();
  const shift = (cron: string): Shift => {
    const known = shifts.get(cron) ?? { cron, ended: new Set(), joins: false };
    shifts.set(cron, known);
    return known;
  };
  for (const effect of effects) {
    const ended = endedIn(effect);
    if (ended !== undefined) shift(ended.cron).ended.add(ended.id);
    if (isJoin(effect)) shift(effect.record.id).joins = true;
  }
  return [...shifts.values()];
}

/** Whether an effect may do something to a line. */
export function concernsLine(effect: Effect): boolean {
  return isJoin(effect) || endedIn(effect) !== undefined;
}

function endedIn(effect: Effect): { readonly id: string; readonly cron: string } | undefined {
  if (effect.kind !== "update" && effect.kind !== "remove") return undefined;
  const { id, cron, state } = effect.before;
  if (cron === null || isTerminal(state)) return undefined;
  const isOver = effect.kind === "remove" || isTerminal(effect.change.state ?? state);
  return isOver ? { id, cron } : undefined;
}

/** Those that have not ended meanwhile. */
export function isOpen(jobs: readonly (JobRecord | undefined)[]): readonly JobRecord[] {
  return jobs.filter((job) => job !== undefined).filter(({ state }) => !isTerminal(state));
}
