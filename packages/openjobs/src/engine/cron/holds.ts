/**
 * Overlap policy `enqueue` (ojs-cron §6.1): a run that comes while an earlier one is open waits as a pending job, and is
 * released when it is the oldest one that is open. A record of its own says that jobs wait, so that they do not depend on
 * what becomes of their cron job, and has an alarm for the case that whoever had to release one did not come to it.
 */
import type { JobRecord } from "../../core/job.ts";
import { activate } from "../../core/lifecycle/enqueue.ts";
import { isTerminal } from "../../core/states.ts";
import type { PutRecord, RemoveRecord, StoredRecord } from "../../storage/records.ts";
import { move, nothing } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import type { Decided } from "../submission.ts";
import type { CronParts } from "./cron-parts.ts";

/** The kind of record that says that jobs of a cron job wait; its id is the name of the cron job. */
export const HOLD_KIND = "cron-hold";

/** How many open jobs of a cron job are looked at: the one whose turn it may be, and whether there are more. */
const LOOK_AHEAD = 2;

/** When to make sure that nothing was left waiting. Normally the end of a job releases the next one at once. */
const CHECK_MS = 30_000;

/** Says that a job waits. Changes the record even if it is there, so that nobody removes it at the same moment. */
export function keepHold(
  { newId }: Pick<CronParts, "newId">,
  cron: string,
  hold: StoredRecord | undefined,
  now: number,
): PutRecord {
  const record = { kind: HOLD_KIND, id: cron, revision: newId(), dueAt: now + CHECK_MS, body: "{}" };
  return { kind: "put-record", record, before: hold?.revision ?? null };
}

/** What is kept for the waiting jobs of a cron job. */
export async function findHold(
  { storage }: Pick<CronParts, "storage">,
  cron: string,
): Promise<StoredRecord | undefined> {
  const [hold] = await answered(storage.records.get(HOLD_KIND, [cron]));
  return hold;
}

/**
 * Releases the next job of this cron job if it is its turn. Harmless at any time: somebody else may have done it.
 *
 * @returns When to look again; undefined when no job waits.
 */
export async function releaseNext(context: CronParts, cron: string): Promise<number | undefined> {
  const hold = await findHold(context, cron);
  if (hold === undefined) return undefined;
  const open = await answered(context.storage.jobs.openOfCron(cron, LOOK_AHEAD));
  return context.committer.decide({
    ids: open.map(({ id }) => id),
    decide(jobs, { now, refused }) {
      if (refused?.id === `${HOLD_KIND}:${cron}`) return nothing(now);
      const [first] = isOpen(jobs);
      return decideRelease(context, { hold, first, more: open.length === LOOK_AHEAD }, now);
    },
  });
}

/** Those that have not ended meanwhile. */
export function isOpen(jobs: readonly (JobRecord | undefined)[]): readonly JobRecord[] {
  return jobs.filter((job) => job !== undefined).filter(({ state }) => !isTerminal(state));
}

interface Line {
  readonly hold: StoredRecord;
  /** The oldest open job. */
  readonly first: JobRecord | undefined;
  /** Whether others were open when it was looked at; there may be more than were seen. */
  readonly more: boolean;
}

/** Nothing waits behind the only open job. One that comes meanwhile changes the hold, and then all this does not happen. */
function decideRelease(context: CronParts, { hold, first, more }: Line, now: number): Decided<number | undefined> {
  const after = more ? keepHold(context, hold.id, hold, now) : dropHold(hold);
  const release = first?.state === "pending" ? move(context.announcer, first, activate(first, now), now) : undefined;
  return {
    effects: [...(release?.effects ?? []), after],
    committed() {
      release?.committed();
      return more ? now + CHECK_MS : undefined;
    },
  };
}

function dropHold({ kind, id, revision }: StoredRecord): RemoveRecord {
  return { kind: "remove-record", key: { kind, id }, before: revision };
}
