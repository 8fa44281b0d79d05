/**
 * The tables. Times are Unix milliseconds, states are positions (`states.ts`), and JSON stays the text that it arrived as: jsonb
 * would reorder keys, round numbers and refuse NUL.
 */
import { JOB_STATES } from "../../core/job.ts";
import { ACTIVE, AVAILABLE, DISCARDED, ENDED, FINISHED, stateNumber } from "./states.ts";

/** Columns of the same width lie side by side, so that none is padded; those that are mostly null cost a bit each. */
const JOBS = `
CREATE SEQUENCE @.job_seq AS bigint;
CREATE TABLE @.jobs (
  seq bigint NOT NULL DEFAULT nextval('@.job_seq'),
  id uuid NOT NULL PRIMARY KEY,
  available_at bigint NOT NULL,
  enqueued_at bigint NOT NULL,
  created_at bigint NOT NULL,
  attempt bigint NOT NULL,
  lease bigint NOT NULL,
  due_at bigint,
  started_at bigint,
  ended_at bigint,
  lease_ms bigint,
  lease_until bigint,
  timeout_at bigint,
  stall_at bigint,
  start_by bigint,
  end_by bigint,
  expires_at bigint,
  timeout_ms bigint,
  visibility_ms bigint,
  heartbeat_ms bigint,
  retry_delay_ms double precision,
  priority integer NOT NULL,
  revision integer NOT NULL,
  returned integer NOT NULL,
  expiries integer NOT NULL,
  max_attempts integer NOT NULL,
  workflow_step integer,
  state smallint NOT NULL,
  dead_letter boolean NOT NULL,
  expired boolean NOT NULL,
  queue text COLLATE "C" NOT NULL,
  type text NOT NULL,
  worker_id text COLLATE "C",
  digest text,
  cron text COLLATE "C",
  fingerprint text COLLATE "C",
  workflow_id text COLLATE "C",
  lane text COLLATE "C",
  args text NOT NULL,
  meta text NOT NULL,
  attributes text NOT NULL,
  errors text,
  result text
) WITH (
  fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1
);
`;

/**
 * Each holds only the jobs that its query is about, so a job that has ended is in the primary key and in one other. None merely
 * repeats a condition on the state that a statement with ids has: with old statistics the planner would prefer it to the key.
 */
const JOB_INDEXES = `
CREATE INDEX jobs_claimable ON @.jobs (queue, priority DESC, available_at, seq)
  WHERE state = ${AVAILABLE} AND lane IS NULL;
CREATE INDEX jobs_due ON @.jobs (due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_leased ON @.jobs (worker_id) WHERE state = ${ACTIVE} AND worker_id IS NOT NULL;
CREATE INDEX jobs_dead ON @.jobs (ended_at, seq) WHERE ${FINISHED.deadLetters};
CREATE INDEX jobs_dead_by_queue ON @.jobs (queue, ended_at, seq) WHERE ${FINISHED.deadLetters};
CREATE INDEX jobs_completed ON @.jobs (ended_at, seq) WHERE ${FINISHED.completed};
CREATE INDEX jobs_cancelled ON @.jobs (ended_at, seq) WHERE ${FINISHED.cancelled};
CREATE INDEX jobs_discarded ON @.jobs (ended_at, seq) WHERE ${FINISHED.discarded};
CREATE INDEX jobs_scheduled ON @.jobs (queue, seq) WHERE state = ${stateNumber("scheduled")};
CREATE INDEX jobs_pending ON @.jobs (queue, seq) WHERE state = ${stateNumber("pending")};
CREATE INDEX jobs_retryable ON @.jobs (queue, seq) WHERE state = ${stateNumber("retryable")};
CREATE INDEX jobs_open_by_cron ON @.jobs (cron, seq) WHERE cron IS NOT NULL AND NOT (${ENDED});
CREATE INDEX jobs_unique ON @.jobs (fingerprint, state, created_at, seq) WHERE fingerprint IS NOT NULL;
CREATE INDEX jobs_members ON @.jobs (workflow_id, seq) WHERE workflow_id IS NOT NULL;
`;

/**
 * Counters of a queue: what is in `queues` and `queue_minutes`, and whatever is in `queue_deltas` on top. Each commit
 * only inserts there, so that no row is changed by everybody; the deltas are folded in now and then.
 */
const QUEUES = `
CREATE TABLE @.queues (
  name text COLLATE "C" NOT NULL PRIMARY KEY,
  created_at bigint NOT NULL,
  paused_at bigint,
  ${JOB_STATES.map((state) => `${state} bigint NOT NULL DEFAULT 0`).join(",\n  ")},
  dead_letters bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE TABLE @.queue_minutes (
  queue text COLLATE "C" NOT NULL,
  minute bigint NOT NULL,
  starts bigint NOT NULL,
  completions bigint NOT NULL,
  failures bigint NOT NULL,
  wait_ms bigint NOT NULL,
  run_ms bigint NOT NULL,
  PRIMARY KEY (queue, minute)
) WITH (fillfactor = 50);
CREATE INDEX queue_minutes_by_age ON @.queue_minutes (minute);
CREATE TABLE @.queue_deltas (
  minute bigint NOT NULL,
  wait_ms bigint NOT NULL DEFAULT 0,
  run_ms bigint NOT NULL DEFAULT 0,
  ${JOB_STATES.map((state) => `${state} integer NOT NULL DEFAULT 0`).join(",\n  ")},
  dead_letters integer NOT NULL DEFAULT 0,
  starts integer NOT NULL DEFAULT 0,
  completions integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  queue text COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
`;

/** Workers, kept answers and records. `record` is the whole of it as JSON. */
const DOCUMENTS = `
CREATE TABLE @.workers (
  id text COLLATE "C" NOT NULL PRIMARY KEY,
  last_beat_at bigint NOT NULL,
  record text NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX workers_by_beat ON @.workers (last_beat_at, id);
CREATE TABLE @.answers (
  id text COLLATE "C" NOT NULL PRIMARY KEY,
  expires_at bigint NOT NULL,
  record text NOT NULL
);
CREATE INDEX answers_by_end ON @.answers (expires_at);
CREATE TABLE @.records (
  kind text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  revision text NOT NULL,
  due_at bigint,
  body text NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE INDEX records_due ON @.records (kind, due_at, id) WHERE due_at IS NOT NULL;
`;

/** The tables of the first schema version; functions and workflows have files of their own. */
export const TABLES: string = JOBS + JOB_INDEXES + QUEUES + DOCUMENTS;

/** The condition of dead letters, for reads of one queue. */
export const DEAD: string = `state = ${DISCARDED} AND dead_letter`;
