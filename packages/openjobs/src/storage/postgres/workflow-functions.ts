/** Functions that write workflows; see `unit-functions.ts` for their names, and the port's `workflows.ts` for what they do. */

import { workflowStateNumber } from "../stored-workflow.ts";
import { jobColumns, PROGRESS_COLUMNS } from "./job-row.ts";
import { CLASH } from "./postgres-error.ts";
import { countChanged } from "./queue-deltas.ts";
import { ENDED } from "./states.ts";
import { STEP_COLUMNS, STEP_TYPES, workflowJson } from "./workflow-row.ts";

const RUNNING = workflowStateNumber("running");
const FAILED = workflowStateNumber("failed");
const CANCELLED = workflowStateNumber("cancelled");

/** Stores steps and joins of a workflow, in the place of those that have the same number. */
const PUT_PARTS = `
CREATE FUNCTION @.put_parts_v1(p_workflow bigint, p_effect json) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO @.workflow_steps (workflow, ${STEP_COLUMNS.join(", ")})
  SELECT p_workflow, ${STEP_COLUMNS.map((name) => `s.${name}`).join(", ")}
  FROM json_to_recordset(p_effect -> 'steps') AS s(${STEP_TYPES})
  ON CONFLICT (workflow, number) DO UPDATE SET
    ${STEP_COLUMNS.slice(1)
      .map((name) => `${name} = excluded.${name}`)
      .join(", ")};
  INSERT INTO @.workflow_joins (workflow, number, expected, remaining, failed, ok, bad)
  SELECT p_workflow, j.number, j.expected, j.remaining, j.failed, j.ok, j.bad
  FROM json_to_recordset(p_effect -> 'joins')
    AS j(number integer, expected integer, remaining integer, failed integer, ok text, bad text)
  ON CONFLICT (workflow, number) DO UPDATE SET remaining = excluded.remaining, failed = excluded.failed;
END $body$;
`;

/** Stores the jobs of released steps. Answers the first id that is taken, and then it has stored none. */
const INSERT_MEMBERS = `
CREATE FUNCTION @.insert_members_v1(p_now bigint, p_jobs json) RETURNS uuid LANGUAGE plpgsql AS $body$
DECLARE v_taken uuid;
BEGIN
  SELECT j.id INTO v_taken FROM json_to_recordset(p_jobs) AS w(n integer, id uuid) JOIN @.jobs AS j ON j.id = w.id
  ORDER BY w.n LIMIT 1;
  IF v_taken IS NULL AND @.insert_jobs_v1(p_now, p_jobs) <> json_array_length(p_jobs) THEN
    RAISE EXCEPTION 'somebody else was faster' USING ERRCODE = '${CLASH}';
  END IF;
  RETURN v_taken;
END $body$;
`;

const INSERT_WORKFLOW = `
CREATE FUNCTION @.insert_workflow_v1(p_now bigint, p_effect json) RETURNS json LANGUAGE plpgsql AS $body$
DECLARE
  v_seq bigint;
  v_taken uuid;
BEGIN
  INSERT INTO @.workflows (created_at, started_at, ended_at, total, completed, failed, state, id, name, failure, record)
  SELECT w.created_at, w.started_at, w.ended_at, w.total, w.completed, w.failed, w.state, w.id, w.name, w.failure, w.record
  FROM json_to_record(p_effect -> 'workflow') AS w(
    created_at bigint, started_at bigint, ended_at bigint, total integer, completed integer, failed integer, state smallint,
    id text, name text, failure text, record text)
  ON CONFLICT (id) DO NOTHING RETURNING seq INTO v_seq;
  IF v_seq IS NULL THEN
    RETURN json_build_object('no', json_build_array('exists', 'workflow:' || (p_effect -> 'workflow' ->> 'id')));
  END IF;
  INSERT INTO @.workflow_deltas (state, workflows) VALUES ((p_effect -> 'workflow' ->> 'state')::smallint, 1);
  PERFORM @.put_parts_v1(v_seq, p_effect);
  v_taken := @.insert_members_v1(p_now, p_effect -> 'jobs');
  RETURN CASE WHEN v_taken IS NOT NULL THEN json_build_object('no', json_build_array('exists', v_taken)) END;
END $body$;
`;

const STALE = `
    RETURN @.refusal_v1(EXISTS (SELECT FROM @.workflows AS w WHERE w.id = p_effect ->> 'id'), 'workflow:' || (p_effect ->> 'id'));`;

const CANCEL_WORKFLOW = `
CREATE FUNCTION @.cancel_workflow_v1(p_now bigint, p_effect json) RETURNS json LANGUAGE plpgsql AS $body$
#variable_conflict use_column
DECLARE
  v_workflow json;
  v_jobs json;
BEGIN
  UPDATE @.workflows AS w SET state = ${CANCELLED}, ended_at = p_now
  WHERE w.id = p_effect ->> 'id' AND w.state = ${RUNNING} RETURNING ${workflowJson("w")} INTO v_workflow;
  IF v_workflow IS NULL THEN ${STALE} END IF;
  INSERT INTO @.workflow_deltas (state, workflows) VALUES (${RUNNING}, -1), (${CANCELLED}, 1);
  WITH open AS MATERIALIZED (
    SELECT j.id, j.state, j.dead_letter, j.started_at FROM @.jobs AS j
    WHERE j.workflow_id = p_effect ->> 'id' AND NOT (${ENDED}) ORDER BY j.id FOR UPDATE
  ),
  changed AS (
    UPDATE @.jobs AS j
    SET (revision, ${PROGRESS_COLUMNS.join(", ")}) = (
      SELECT j.revision + 1, ${PROGRESS_COLUMNS.map((name) => `p.${name}`).join(", ")}
      FROM json_populate_record(j, p_effect -> 'change') AS p)
    FROM open AS o WHERE j.id = o.id
    RETURNING j.*, o.state AS was, o.dead_letter AS was_dead, o.started_at AS since, false AS failed
  ),
  counted AS (${countChanged("changed", "$1")})
  SELECT json_agg(json_build_array(${jobColumns("c")}) ORDER BY c.seq) INTO v_jobs FROM changed AS c;
  RETURN json_build_object('news', json_build_object('cancelled', v_jobs, 'workflow', v_workflow));
END $body$;
`;

const RESUME_WORKFLOW = `
CREATE FUNCTION @.resume_workflow_v1(p_now bigint, p_effect json) RETURNS json LANGUAGE plpgsql AS $body$
DECLARE
  v_seq bigint;
  v_taken uuid;
BEGIN
  UPDATE @.workflows AS w
  SET state = ${RUNNING}, ended_at = NULL, failed = (p_effect ->> 'failed')::integer, failure = NULL
  WHERE w.id = p_effect ->> 'id' AND w.state = ${FAILED}
    AND w.ended_at IS NOT DISTINCT FROM (p_effect ->> 'ended')::bigint
  RETURNING w.seq INTO v_seq;
  IF v_seq IS NULL THEN ${STALE} END IF;
  INSERT INTO @.workflow_deltas (state, workflows) VALUES (${FAILED}, -1), (${RUNNING}, 1);
  PERFORM @.put_parts_v1(v_seq, p_effect);
  v_taken := @.insert_members_v1(p_now, p_effect -> 'jobs');
  RETURN CASE WHEN v_taken IS NOT NULL THEN json_build_object('no', json_build_array('exists', v_taken)) END;
END $body$;
`;

export const WORKFLOW_FUNCTIONS: string =
  PUT_PARTS + INSERT_MEMBERS + INSERT_WORKFLOW + CANCEL_WORKFLOW + RESUME_WORKFLOW;
