/** Runs a group inside of a transaction. */
import type { LaneBoard } from "../lane-board.ts";
import type { Group, GroupOutcome, QueueRecord } from "../storage.ts";
import { runBeat } from "./beats.ts";
import { runClaim } from "./claims.ts";
import { runCompletions } from "./completions.ts";
import type { Database } from "./database.ts";
import { Draft } from "./draft.ts";
import type { Fingerprints } from "./fingerprints.ts";
import type { QueueLedger } from "./queue-ledger.ts";
import { readLanes, writeStarts } from "./rate-limits.ts";
import { putRecord } from "./records.ts";
import type { Sequence } from "./sequence.ts";
import type { Transaction } from "./transaction.ts";
import { runUnits } from "./units.ts";
import { startedWorkflows } from "./workflow-starts.ts";

/** A database with what is kept in memory about it. */
export interface Opened {
  readonly database: Database;
  readonly ledger: QueueLedger;
  readonly sequence: Sequence;
  readonly fingerprints: Fingerprints;
  readonly lanes: LaneBoard;
}

/** Makes a group happen, all of it or nothing. */
export function commitGroup(group: Group, opened: Opened): GroupOutcome {
  const { database, ledger, lanes } = opened;
  const transaction = { ...opened, now: group.now, draft: new Draft() };
  if (lanes.isInDoubt) lanes.load(readLanes(database));
  try {
    const { outcome, changed } = database.transaction(() => run(group, transaction));
    ledger.adopt(changed);
    return outcome;
  } catch (error) {
    lanes.doubt();
    throw error;
  }
}

function run(group: Group, transaction: Transaction): { outcome: GroupOutcome; changed: readonly QueueRecord[] } {
  const { draft, ledger, lanes, now, database } = transaction;
  const completions = runCompletions(group.completions, transaction);
  const beats = group.beats.map((beat) => runBeat(beat, transaction));
  const units = runUnits(group.units, transaction);
  lanes.follow(draft.tally.laneMoves);
  const claims = group.claims.map((claim) => runClaim(claim, transaction));
  writeStarts(lanes.changedStarts(now), database);
  const started = startedWorkflows(claims, transaction);
  const changed = ledger.write(draft, now, database);
  const { facts } = draft;
  const news = facts.length + started.length === 0 ? {} : { workflows: { facts, started } };
  const outcome = { completions, beats, units, claims, openings: lanes.openings(now), ...news };
  for (const record of group.outbox?.(outcome) ?? []) putRecord(record, null, database);
  return { outcome, changed };
}
