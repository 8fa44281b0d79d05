/** Tables of workflows, their steps and their joins (docs/adr/013-joins-count-down.md). */

/**
 * `record` is what never changes, as JSON. `workflow` in the other tables is the `seq` of the workflow. How many workflows are in
 * a state is the sum of `workflow_deltas`: commits only insert there, and a sum takes the place of its parts now and then.
 */
export const WORKFLOW_TABLES = `
CREATE TABLE @.workflows (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at bigint NOT NULL,
  started_at bigint,
  ended_at bigint,
  total integer NOT NULL,
  completed integer NOT NULL,
  failed integer NOT NULL,
  state smallint NOT NULL,
  id text COLLATE "C" NOT NULL UNIQUE,
  name text COLLATE "C",
  failure text,
  record text NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX workflows_by_state ON @.workflows (state, seq);
CREATE INDEX workflows_by_name ON @.workflows (name, seq) WHERE name IS NOT NULL;
CREATE INDEX workflows_ended ON @.workflows (state, ended_at, seq) WHERE ended_at IS NOT NULL;
CREATE TABLE @.workflow_deltas (state smallint NOT NULL, workflows bigint NOT NULL);
CREATE TABLE @.workflow_steps (
  workflow bigint NOT NULL,
  started_at bigint,
  ended_at bigint,
  number integer NOT NULL,
  state smallint NOT NULL,
  job_id uuid NOT NULL,
  record text NOT NULL,
  error text,
  ready text,
  PRIMARY KEY (workflow, number)
) WITH (fillfactor = 80);
CREATE TABLE @.workflow_joins (
  workflow bigint NOT NULL,
  number integer NOT NULL,
  expected integer NOT NULL,
  remaining integer NOT NULL,
  failed integer NOT NULL,
  ok text NOT NULL,
  bad text NOT NULL,
  PRIMARY KEY (workflow, number)
) WITH (fillfactor = 70);
`;
