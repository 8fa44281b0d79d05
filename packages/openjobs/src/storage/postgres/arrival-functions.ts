/** The rule of arrivals (the port's `Arrive`) as a function: what the engine's `runArrivals` does for drivers that are synchronous. */

import { stepStateNumber, workflowStateNumber } from "../stored-workflow.ts";
import { SETTINGS } from "./function-settings.ts";
import { UNPREPARED } from "./postgres-error.ts";
import { stepJson, workflowJson } from "./workflow-row.ts";

const RUNNING = workflowStateNumber("running");
const WAITING = stepStateNumber("waiting");
const RELEASED = stepStateNumber("released");
const COMPLETED = stepStateNumber("completed");
const CANCELLED = stepStateNumber("cancelled");

/** Ends the steps, each once. Leaves in `v_ended` `{n, workflow, id, step, targets, bad, counts, failure}` of each. */
const END_STEPS = `
  PERFORM FROM @.workflows AS w
  WHERE w.id IN (SELECT a.value ->> 'workflow' FROM json_array_elements(p_arrivals) AS a) ORDER BY w.seq FOR UPDATE;
  WITH arrived AS MATERIALIZED (
    SELECT DISTINCT ON (w.seq, s.number) a.place, w.seq, w.id, s.number, a.outcome, a.started_at, a.error
    FROM (
      SELECT l.place, r.* FROM json_array_elements(p_arrivals) WITH ORDINALITY AS l(value, place)
      CROSS JOIN LATERAL json_to_record(l.value)
        AS r(workflow text, step integer, outcome smallint, started_at bigint, error text)
    ) AS a
    JOIN @.workflows AS w ON w.id = a.workflow AND w.state = ${RUNNING}
    JOIN @.workflow_steps AS s ON s.workflow = w.seq AND s.number = a.step AND s.state = ${RELEASED}
    ORDER BY w.seq, s.number, a.place
  ),
  ended AS (
    UPDATE @.workflow_steps AS s SET state = a.outcome, started_at = a.started_at, ended_at = p_now, error = a.error
    FROM arrived AS a WHERE s.workflow = a.seq AND s.number = a.number
    RETURNING a.place, a.id AS workflow_id, s.*
  )
  SELECT json_agg(json_build_object(
    'n', e.place, 'workflow', e.workflow, 'id', e.workflow_id, 'step', ${stepJson("e")},
    'targets', e.record::json -> 'targets', 'bad', CASE WHEN e.state = ${COMPLETED} THEN 0 ELSE 1 END,
    'counts', (e.record::json ->> 'callback') IS NULL,
    'failure', CASE WHEN e.error IS NOT NULL THEN format(
      '{"step":%s,"step_id":%s,"step_type":%s,"place":%s,"error":%s}', e.number, e.record::json -> 'id',
      e.record::json -> 'type', e.record::json -> 'place', e.error) END
  ) ORDER BY e.place) INTO v_ended FROM ended AS e;`;

/** Wave after wave, until no join comes to zero any more. Leaves their programs in `v_fired`. */
const FIRE = `
  SELECT json_agg(json_build_array(w.workflow, w.target, w.arrived, w.bad) ORDER BY w.place) INTO v_wave FROM (
    SELECT e.workflow, t.value::integer AS target, count(*) AS arrived, sum(e.bad) AS bad, min(e.n * 100000 + t.place) AS place
    FROM json_to_recordset(v_ended) AS e(n bigint, workflow bigint, targets json, bad integer)
    CROSS JOIN LATERAL json_array_elements_text(e.targets) WITH ORDINALITY AS t(value, place)
    GROUP BY e.workflow, t.value
  ) AS w;
  WHILE v_wave IS NOT NULL LOOP
    WITH wave AS MATERIALIZED (
      SELECT l.place, (l.value ->> 0)::bigint AS workflow, (l.value ->> 1)::integer AS target,
        (l.value ->> 2)::integer AS arrived, (l.value ->> 3)::integer AS bad
      FROM json_array_elements(v_wave) WITH ORDINALITY AS l(value, place)
    ),
    lowered AS (
      UPDATE @.workflow_joins AS j SET remaining = j.remaining - w.arrived, failed = j.failed + w.bad
      FROM wave AS w WHERE j.workflow = w.workflow AND j.number = w.target
      RETURNING w.place, j.*
    )
    SELECT json_agg(json_build_object(
      'workflow', l.workflow, 'program', CASE WHEN l.failed = 0 THEN l.ok ELSE l.bad END::json) ORDER BY l.place)
    INTO v_zero FROM lowered AS l WHERE l.remaining = 0;
    IF v_zero IS NOT NULL THEN v_fired := array_append(v_fired, v_zero); END IF;
    SELECT json_agg(json_build_array(w.workflow, w.target, w.arrived, w.bad) ORDER BY w.place) INTO v_wave FROM (
      SELECT z.value ->> 'workflow' AS workflow, a.value ->> 0 AS target, count(*) AS arrived,
        sum((a.value ->> 1)::integer) AS bad, min(z.place * 100000 + a.place) AS place
      FROM json_array_elements(v_zero) WITH ORDINALITY AS z(value, place)
      CROSS JOIN LATERAL json_array_elements(z.value -> 'program' -> 'arrive') WITH ORDINALITY AS a(value, place)
      GROUP BY z.value ->> 'workflow', a.value ->> 0
    ) AS w;
  END LOOP;`;

/** Rows of `place, workflow, first, after` out of the programs that fired. */
function ranges(name: "skip" | "release"): string {
  return `
    SELECT row_number() OVER (ORDER BY f.place, z.place, r.place) AS place, (z.value ->> 'workflow')::bigint AS workflow,
      (r.value ->> 0)::integer AS first, (r.value ->> 1)::integer AS after
    FROM unnest(v_fired) WITH ORDINALITY AS f(value, place)
    CROSS JOIN LATERAL json_array_elements(f.value) WITH ORDINALITY AS z(value, place)
    CROSS JOIN LATERAL json_array_elements(z.value -> 'program' -> '${name}') WITH ORDINALITY AS r(value, place)`;
}

const IN_RANGE = "s.workflow = r.workflow AND s.number >= r.first AND s.number < r.after";

/** Leaves in `v_released` `{workflow, id, step, ready}` of each, as it was. */
const SKIP_AND_RELEASE = `
  UPDATE @.workflow_steps AS s SET state = ${CANCELLED}, ended_at = p_now
  FROM (${ranges("skip")}) AS r WHERE ${IN_RANGE} AND s.state = ${WAITING};
  WITH chosen AS MATERIALIZED (
    SELECT r.place, w.id AS workflow_id, s.* FROM (${ranges("release")}) AS r
    JOIN @.workflow_steps AS s ON ${IN_RANGE} AND s.state = ${WAITING}
    JOIN @.workflows AS w ON w.seq = s.workflow
  ),
  freed AS (
    UPDATE @.workflow_steps AS s SET state = ${RELEASED}, ready = NULL
    FROM chosen AS c WHERE s.workflow = c.workflow AND s.number = c.number
  )
  SELECT json_agg(json_build_object('id', c.workflow_id, 'job', c.job_id, 'step', ${stepJson("c")}, 'ready', c.ready)
    ORDER BY c.place, c.number) INTO v_released FROM chosen AS c;`;

/** The jobs come from the caller, who alone knows how to make them: `p_ready` has them by id. */
const INSERT_JOBS = `
  IF v_released IS NOT NULL THEN
    IF EXISTS (SELECT FROM json_array_elements(v_released) AS r WHERE p_ready -> (r.value ->> 'job') IS NULL) THEN
      RAISE EXCEPTION 'steps were released whose jobs are not here' USING ERRCODE = '${UNPREPARED}', DETAIL = (
        SELECT json_agg(r.value -> 'ready') FROM json_array_elements(v_released) AS r);
    END IF;
    SELECT json_agg(p_ready -> (r.value ->> 'job') ORDER BY r.place) INTO v_jobs
    FROM json_array_elements(v_released) WITH ORDINALITY AS r(value, place);
    v_taken := @.insert_members_v1(p_now, v_jobs);
    IF v_taken IS NOT NULL THEN RAISE EXCEPTION 'the id of the released job % is taken', v_taken; END IF;
    SELECT json_agg(json_build_array(r.value -> 'id', r.value -> 'step', r.value -> 'ready', j.id, j.seq) ORDER BY r.place)
    INTO v_released FROM json_array_elements(v_released) WITH ORDINALITY AS r(value, place)
    JOIN @.jobs AS j ON j.id = (r.value ->> 'job')::uuid;
  END IF;`;

const ADVANCE = `
  WITH changes AS MATERIALIZED (
    SELECT e.workflow, count(*) FILTER (WHERE e.counts AND e.bad = 0) AS completed,
      count(*) FILTER (WHERE e.counts AND e.bad = 1) AS failed,
      (array_agg(e.failure ORDER BY e.n) FILTER (WHERE e.failure IS NOT NULL))[1] AS failure
    FROM json_to_recordset(v_ended) AS e(n bigint, workflow bigint, bad integer, counts boolean, failure text) GROUP BY e.workflow
  ),
  ends AS MATERIALIZED (
    SELECT DISTINCT ON (z.workflow) z.workflow, z.place, z.state FROM (
      SELECT (z.value ->> 'workflow')::bigint AS workflow, f.place * 1000000 + z.place AS place,
        CASE z.value -> 'program' ->> 'end' WHEN 'completed' THEN ${workflowStateNumber("completed")}
          WHEN 'failed' THEN ${workflowStateNumber("failed")} END AS state
      FROM unnest(v_fired) WITH ORDINALITY AS f(value, place)
      CROSS JOIN LATERAL json_array_elements(f.value) WITH ORDINALITY AS z(value, place)
    ) AS z WHERE z.state IS NOT NULL ORDER BY z.workflow, z.place DESC
  ),
  advanced AS (
    UPDATE @.workflows AS w SET
      completed = w.completed + c.completed, failed = w.failed + c.failed, failure = coalesce(w.failure, c.failure),
      state = coalesce(n.state, w.state), ended_at = CASE WHEN n.state IS NULL THEN w.ended_at ELSE p_now END
    FROM changes AS c LEFT JOIN ends AS n ON n.workflow = c.workflow WHERE w.seq = c.workflow
    RETURNING w.*, n.place, n.state IS NOT NULL AS ends
  ),
  counted AS (
    INSERT INTO @.workflow_deltas (state, workflows)
    SELECT d.state, d.workflows FROM advanced AS a
    CROSS JOIN LATERAL (VALUES (${RUNNING}::smallint, -1), (a.state, 1)) AS d(state, workflows) WHERE a.ends
  )
  SELECT json_agg(${workflowJson("a")}), json_agg(a.id ORDER BY a.place) FILTER (WHERE a.ends)
  INTO v_workflows, v_ends FROM advanced AS a;`;

/** Answers null, or `{"ended": [[id, step]], "released": [[id, step, ready, job, seq]], "ends": [id], "workflows": [...]}`. */
const HEAR = `
CREATE FUNCTION @.hear_v1(p_now bigint, p_arrivals json, p_ready json) RETURNS json LANGUAGE plpgsql AS $body$
DECLARE
  v_ended json;
  v_wave json;
  v_zero json;
  v_fired json[] := '{}';
  v_released json;
  v_jobs json;
  v_taken uuid;
  v_workflows json;
  v_ends json;
BEGIN
  IF json_array_length(p_arrivals) = 0 THEN RETURN NULL; END IF;
  ${END_STEPS}
  IF v_ended IS NULL THEN RETURN NULL; END IF;
  ${FIRE}
  ${SKIP_AND_RELEASE}
  ${INSERT_JOBS}
  ${ADVANCE}
  RETURN json_build_object(
    'ended', (SELECT json_agg(json_build_array(e.value -> 'id', e.value -> 'step')) FROM json_array_elements(v_ended) AS e),
    'released', v_released, 'ends', v_ends, 'workflows', v_workflows);
END $body$;
`;

/** What the steps are that these arrivals would release: their `ready`. Does it and undoes it, so that it decides nothing. */
const FORESEE = `
CREATE FUNCTION @.foresee_v1(p_now bigint, p_arrivals json) RETURNS json LANGUAGE plpgsql
${SETTINGS} AS $body$
DECLARE v_ready text;
BEGIN
  PERFORM @.hear_v1(p_now, p_arrivals, '{}');
  RAISE EXCEPTION 'nothing is released' USING ERRCODE = '${UNPREPARED}';
EXCEPTION WHEN SQLSTATE '${UNPREPARED}' THEN
  GET STACKED DIAGNOSTICS v_ready = PG_EXCEPTION_DETAIL;
  RETURN nullif(v_ready, '')::json;
END $body$;
`;

export const ARRIVAL_FUNCTIONS: string = HEAR + FORESEE;
