/**
 * The tables. Times are Unix milliseconds, states are positions in `JOB_STATES`, booleans are 0 or 1, and JSON stays
 * the text that it arrived as. Columns that change often come before those that may be long, so that reading them
 * never walks through the pages that a long one spills over to.
 */
import { JOB_STATES, type JobState } from "../../core/job.ts";
import type { FinishedKind } from "../../core/retention.ts";
import { ANSWERS } from "./answers.ts";
import { RECORDS } from "./records.ts";
import { WORKFLOWS } from "./workflow-schema.ts";

/** What the header of our files says they are: "OJS1" in ASCII. */
export const APPLICATION_ID = 0x4f4a5331;

/** How a state is stored. */
export function stateNumber(state: JobState): number {
  return JOB_STATES.indexOf(state);
}

/** States that indexes and statements name; stored files depend on these numbers. */
export const AVAILABLE: number = stateNumber("available");
export const ACTIVE: number = stateNumber("active");
export const COMPLETED: number = stateNumber("completed");
export const CANCELLED: number = stateNumber("cancelled");
export const DISCARDED: number = stateNumber("discarded");

/** The condition for jobs that have not ended. */
export const OPEN: string = `state NOT IN (${COMPLETED}, ${CANCELLED}, ${DISCARDED})`;

/** What tells each kind of finished jobs; the very words of the conditions of indexes on `ended_at`. */
export const FINISHED: Readonly<Record<FinishedKind, string>> = {
  completed: `state = ${COMPLETED}`,
  cancelled: `state = ${CANCELLED}`,
  discarded: `state = ${DISCARDED} AND dead_letter = 0`,
  deadLetters: `state = ${DISCARDED} AND dead_letter = 1`,
};

const TABLES = `
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  state INTEGER NOT NULL,
  queue TEXT NOT NULL,
  type TEXT NOT NULL,
  priority INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  available_at INTEGER NOT NULL,
  due_at INTEGER,
  enqueued_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  attempt INTEGER NOT NULL,
  returned INTEGER NOT NULL,
  expiries INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  worker_id TEXT,
  lease_ms INTEGER,
  lease_until INTEGER,
  timeout_at INTEGER,
  retry_delay_ms INTEGER,
  dead_letter INTEGER NOT NULL,
  expired INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  timeout_ms INTEGER,
  visibility_ms INTEGER,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  digest TEXT,
  args TEXT NOT NULL,
  meta TEXT NOT NULL,
  attributes TEXT NOT NULL,
  errors TEXT,
  result TEXT
);

CREATE TABLE queues (
  name TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  paused_at INTEGER,
  ${JOB_STATES.map((state) => `${state} INTEGER NOT NULL`).join(",\n  ")},
  dead_letters INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE queue_minutes (
  queue TEXT NOT NULL,
  minute INTEGER NOT NULL,
  started INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  wait_ms INTEGER NOT NULL,
  run_ms INTEGER NOT NULL,
  PRIMARY KEY (queue, minute)
) WITHOUT ROWID;

CREATE TABLE workers (
  id TEXT PRIMARY KEY,
  last_beat_at INTEGER NOT NULL,
  record TEXT NOT NULL
) WITHOUT ROWID;
`;

/**
 * The highest `seq` that was ever removed, so that none is given out twice. AUTOINCREMENT would do the same, but writes
 * its own table at every insert, even at one that is refused.
 */
const REMOVALS = `
CREATE TABLE removals (only INTEGER PRIMARY KEY CHECK (only = 1), last_seq INTEGER NOT NULL);
INSERT INTO removals (only, last_seq) VALUES (1, 0);
CREATE TRIGGER note_removal AFTER DELETE ON jobs BEGIN
  UPDATE removals SET last_seq = max(last_seq, old.seq) WHERE only = 1;
END;
`;

/** Each holds only the jobs that its query is about. `expires_at` lets a claim pass expired jobs without reading them. */
const INDEXES = `
CREATE INDEX jobs_claimable ON jobs (queue, priority DESC, available_at, seq, expires_at)
  WHERE state = ${AVAILABLE};
CREATE INDEX jobs_due ON jobs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_leased ON jobs (worker_id) WHERE state = ${ACTIVE} AND worker_id IS NOT NULL;
CREATE INDEX jobs_dead ON jobs (ended_at) WHERE state = ${DISCARDED} AND dead_letter = 1;
CREATE INDEX jobs_dead_by_queue ON jobs (queue, ended_at) WHERE state = ${DISCARDED} AND dead_letter = 1;
CREATE INDEX queue_minutes_by_age ON queue_minutes (minute);
CREATE INDEX workers_by_beat ON workers (last_beat_at);
`;

/**
 * What retention looks for, oldest first; dead letters have their index already. One for each outcome, so that each
 * only grows at its end, which is where SQLite fills pages completely and touches no other.
 */
const ENDED_INDEXES = `
CREATE INDEX jobs_completed ON jobs (ended_at) WHERE state = ${COMPLETED};
CREATE INDEX jobs_cancelled ON jobs (ended_at) WHERE state = ${CANCELLED};
CREATE INDEX jobs_discarded ON jobs (ended_at) WHERE state = ${DISCARDED} AND dead_letter = 0;
`;

/** `cron`: the jobs that cron jobs have made, and what finds those of one that have not ended. */
const CRON = `
ALTER TABLE jobs ADD COLUMN cron TEXT;
CREATE INDEX jobs_open_by_cron ON jobs (cron) WHERE cron IS NOT NULL AND ${OPEN};
`;

/**
 * The limits of ojs-timeouts. An available job is due when it is too late for it, by whichever limit; so `due_at` lets a
 * claim pass all such jobs without reading them, as `expires_at` did for some.
 */
const TIME_LIMITS = `
ALTER TABLE jobs ADD COLUMN heartbeat_ms INTEGER;
ALTER TABLE jobs ADD COLUMN stall_at INTEGER;
ALTER TABLE jobs ADD COLUMN start_by INTEGER;
ALTER TABLE jobs ADD COLUMN end_by INTEGER;
DROP INDEX jobs_claimable;
CREATE INDEX jobs_claimable ON jobs (queue, priority DESC, available_at, seq, due_at) WHERE state = ${AVAILABLE};
`;

/** So many consecutive jobs, a power of two, are a piece of the index of unique jobs; see `Fingerprints`. */
export const PIECE_JOBS = 2_048;

/** What the index has of a fingerprint: enough to lead to one job, and short. */
export const HEAD_CHARS = 12;

/** In SQL: the piece that a job is in, and the head of its fingerprint. */
export const PIECE: string = `seq >> ${Math.log2(PIECE_JOBS)}`;
export const FINGERPRINT_HEAD: string = `substr(fingerprint, 1, ${HEAD_CHARS})`;

/** The state is in the middle, so that ended jobs that share a fingerprint, which may be many, are not walked through. */
const UNIQUE_JOBS = `
ALTER TABLE jobs ADD COLUMN fingerprint TEXT;
CREATE INDEX jobs_unique ON jobs (${PIECE}, ${FINGERPRINT_HEAD}, state, created_at) WHERE fingerprint IS NOT NULL;
`;

/** What finds the waiting jobs of a queue that are not available; the others have no entry, and cost nothing. */
const WAITING_INDEXES = `
CREATE INDEX jobs_scheduled ON jobs (queue) WHERE state = ${stateNumber("scheduled")};
CREATE INDEX jobs_pending ON jobs (queue) WHERE state = ${stateNumber("pending")};
CREATE INDEX jobs_retryable ON jobs (queue) WHERE state = ${stateNumber("retryable")};
`;

/**
 * `lane`: the line of its queue in which a job waits; null, the plain one, is a line like any other to the index. The board
 * asks for the running ones only when a file is opened.
 */
const LANES = `
ALTER TABLE jobs ADD COLUMN lane TEXT;
DROP INDEX jobs_claimable;
CREATE INDEX jobs_claimable ON jobs (queue, lane, priority DESC, available_at, seq, due_at) WHERE state = ${AVAILABLE};
CREATE INDEX jobs_running_in_lanes ON jobs (lane) WHERE state = ${ACTIVE} AND lane IS NOT NULL;
CREATE TABLE rate_limits (key TEXT PRIMARY KEY, starts TEXT NOT NULL) WITHOUT ROWID;
`;

/** Step n leads from schema version n to n + 1. Steps that were released never change. */
export const MIGRATIONS: readonly string[] = [
  TABLES + REMOVALS + INDEXES,
  ENDED_INDEXES,
  ANSWERS,
  RECORDS,
  CRON,
  TIME_LIMITS,
  UNIQUE_JOBS,
  WAITING_INDEXES,
  WORKFLOWS,
  LANES,
];
