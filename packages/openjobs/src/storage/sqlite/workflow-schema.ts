/** Tables of workflows, their steps and their joins (docs/adr/013-joins-count-down.md). */
/** A job's place in a workflow comes last, where it costs other jobs nothing: trailing nulls are in the head of a row. */
const MEMBERS = `
ALTER TABLE jobs ADD COLUMN workflow_id TEXT;
ALTER TABLE jobs ADD COLUMN workflow_step INTEGER;
CREATE INDEX jobs_members ON jobs (workflow_id) WHERE workflow_id IS NOT NULL;
`;

/** `record` is what never changes, as JSON. `workflow` in the other tables is the `seq` of the workflow. */
const TABLES = `
CREATE TABLE workflows (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  state INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  name TEXT,
  total INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  failure TEXT,
  record TEXT NOT NULL
);
CREATE INDEX workflows_by_state ON workflows (state, seq);
CREATE INDEX workflows_by_name ON workflows (name, seq) WHERE name IS NOT NULL;
CREATE INDEX workflows_ended ON workflows (state, ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE workflow_steps (
  seq INTEGER PRIMARY KEY,
  workflow INTEGER NOT NULL,
  number INTEGER NOT NULL,
  state INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  job_id TEXT NOT NULL,
  record TEXT NOT NULL,
  error TEXT,
  ready TEXT,
  UNIQUE (workflow, number)
);

CREATE TABLE workflow_joins (
  workflow INTEGER NOT NULL,
  number INTEGER NOT NULL,
  expected INTEGER NOT NULL,
  remaining INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  ok TEXT NOT NULL,
  bad TEXT NOT NULL,
  PRIMARY KEY (workflow, number)
) WITHOUT ROWID;
`;

/** How many workflows there are in each state, so that no list has to count them. */
const COUNTS = `
CREATE TABLE workflow_counts (state INTEGER PRIMARY KEY, workflows INTEGER NOT NULL);
INSERT INTO workflow_counts (state, workflows) VALUES (0, 0), (1, 0), (2, 0), (3, 0);
CREATE TRIGGER count_workflow AFTER INSERT ON workflows BEGIN
  UPDATE workflow_counts SET workflows = workflows + 1 WHERE state = new.state;
END;
CREATE TRIGGER recount_workflow AFTER UPDATE OF state ON workflows WHEN old.state <> new.state BEGIN
  UPDATE workflow_counts SET workflows = workflows - 1 WHERE state = old.state;
  UPDATE workflow_counts SET workflows = workflows + 1 WHERE state = new.state;
END;
CREATE TRIGGER uncount_workflow AFTER DELETE ON workflows BEGIN
  UPDATE workflow_counts SET workflows = workflows - 1 WHERE state = old.state;
END;
`;

/** The step of the migration. */
export const WORKFLOWS: string = MEMBERS + TABLES + COUNTS;
