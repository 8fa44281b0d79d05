/**
 * Functions that carry out units (docs/adr/015-postgres.md): a guard that fails is a value, and what a unit had done until then is
 * undone by leaving a block. Their names end with a version: servers of two versions may share a database during an upgrade, so
 * one that was released never changes.
 */

import { FORGOTTEN_AT_ONCE } from "../answers.ts";
import { SETTINGS } from "./function-settings.ts";
import { INSERTING, REMOVE_JOBS, UPDATE_JOBS } from "./job-statements.ts";
import { CLASH } from "./postgres-error.ts";

const CLASHES = `RAISE EXCEPTION 'somebody else was faster' USING ERRCODE = '${CLASH}';`;

/** Ends a transaction that is to be tried again; for statements that are no functions. */
const CLASH_FUNCTION = `
CREATE FUNCTION @.clash_v1() RETURNS boolean LANGUAGE plpgsql AS $body$ BEGIN ${CLASHES} END $body$;
`;

/** Each answers which of its rows did not happen, as a JSON array of `[n, id, whether there is such a job]`. */
const JOB_FUNCTIONS = `
CREATE FUNCTION @.insert_jobs_v1(p_now bigint, p_jobs json) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE v_added bigint;
BEGIN
  ${INSERTING} SELECT count(*) INTO v_added FROM added;
  RETURN v_added;
END $body$;

CREATE FUNCTION @.update_jobs_v1(p_now bigint, p_jobs json) RETURNS json LANGUAGE plpgsql AS $body$
DECLARE v_refused json;
BEGIN
  SELECT json_agg(json_build_array(r.n, r.id, r.there) ORDER BY r.n) INTO v_refused FROM @.updated_v1($1, $2) AS r;
  RETURN v_refused;
END $body$;

CREATE FUNCTION @.updated_v1(p_now bigint, p_jobs json) RETURNS TABLE (n integer, id uuid, there boolean)
LANGUAGE plpgsql AS $body$
#variable_conflict use_column
BEGIN RETURN QUERY ${UPDATE_JOBS}; END $body$;

CREATE FUNCTION @.removed_v1(p_now bigint, p_jobs json) RETURNS TABLE (n integer, id uuid, there boolean)
LANGUAGE plpgsql AS $body$
#variable_conflict use_column
BEGIN RETURN QUERY ${REMOVE_JOBS}; END $body$;
`;

/**
 * Units that insert jobs: rows as {@link INSERTING} takes them with `u`, the unit, `n`, and the guard of a unique one. Each id
 * and each fingerprint is in the list once. Answers `[unit, reason, id]` of those that are refused.
 */
const INSERT_UNITS = `
CREATE FUNCTION @.insert_units_v1(p_now bigint, p_jobs json) RETURNS json LANGUAGE plpgsql AS $body$
DECLARE
  v_refused json;
  v_jobs json := p_jobs;
BEGIN
  WITH wanted AS MATERIALIZED (
    SELECT * FROM json_to_recordset(p_jobs) AS w(u integer, n integer, id uuid, alike text, states smallint[], free bigint)
  ),
  found AS (
    SELECT w.u, w.n, 0 AS rank, 'exists' AS reason, w.id FROM wanted AS w JOIN @.jobs AS j ON j.id = w.id
    UNION ALL
    SELECT w.u, w.n, 1, 'conflict', rival.id FROM wanted AS w CROSS JOIN LATERAL (
      SELECT j.id FROM @.jobs AS j
      WHERE j.fingerprint = w.alike AND j.state = ANY (w.states) AND j.created_at > w.free
      ORDER BY j.created_at DESC, j.seq DESC LIMIT 1
    ) AS rival WHERE w.states IS NOT NULL
  ),
  refused AS (SELECT DISTINCT ON (f.u) f.u, f.reason, f.id FROM found AS f ORDER BY f.u, f.n, f.rank)
  SELECT json_agg(json_build_array(r.u, r.reason, r.id)) INTO v_refused FROM refused AS r;
  IF v_refused IS NOT NULL THEN
    SELECT json_agg(job.value) INTO v_jobs FROM json_array_elements(p_jobs) AS job
    WHERE NOT EXISTS (SELECT FROM json_array_elements(v_refused) AS r WHERE r.value ->> 0 = job.value ->> 'u');
  END IF;
  IF v_jobs IS NOT NULL AND @.insert_jobs_v1(p_now, v_jobs) <> json_array_length(v_jobs) THEN ${CLASHES} END IF;
  RETURN v_refused;
END $body$;
`;

/** One effect. Answers null, or `{"no": [reason, id]}`, or `{"news": …}` of a workflow. */
const APPLY_EFFECT = `
CREATE FUNCTION @.apply_effect_v1(p_now bigint, p_effect json) RETURNS json LANGUAGE plpgsql AS $body$
DECLARE
  v_found json;
  v_id text := p_effect ->> 'id';
  v_name text := (p_effect ->> 'kind') || ':' || (p_effect ->> 'id');
BEGIN
  CASE p_effect ->> 'k'
  WHEN 'insert' THEN
    v_found := @.insert_units_v1(p_now, p_effect -> 'jobs');
    RETURN CASE WHEN v_found IS NOT NULL THEN json_build_object('no', json_build_array(v_found -> 0 -> 1, v_found -> 0 -> 2)) END;
  WHEN 'update' THEN
    SELECT @.refusal_v1(r.there, r.id::text) INTO v_found FROM @.updated_v1(p_now, p_effect -> 'jobs') AS r ORDER BY r.n LIMIT 1;
    RETURN v_found;
  WHEN 'remove' THEN
    SELECT @.refusal_v1(r.there, r.id::text) INTO v_found FROM @.removed_v1(p_now, p_effect -> 'jobs') AS r ORDER BY r.n LIMIT 1;
    RETURN v_found;
  WHEN 'pause' THEN
    INSERT INTO @.queues AS q (name, created_at, paused_at)
    VALUES (v_id, p_now, CASE WHEN (p_effect ->> 'paused')::boolean THEN p_now END)
    ON CONFLICT (name) DO UPDATE SET paused_at = CASE WHEN (p_effect ->> 'paused')::boolean THEN coalesce(q.paused_at, p_now) END;
  WHEN 'forget-worker' THEN
    DELETE FROM @.workers AS w WHERE w.id = v_id AND w.last_beat_at <= (p_effect ->> 'since')::bigint;
    IF NOT FOUND THEN RETURN @.refusal_v1(EXISTS (SELECT FROM @.workers AS w WHERE w.id = v_id), v_id); END IF;
  WHEN 'keep-answer' THEN
    INSERT INTO @.answers AS a (id, expires_at, record) VALUES (v_id, (p_effect ->> 'until')::bigint, p_effect ->> 'record')
    ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, record = excluded.record WHERE a.expires_at <= p_now;
    IF NOT FOUND THEN RETURN json_build_object('no', json_build_array('exists', v_id)); END IF;
    DELETE FROM @.answers WHERE id IN (
      SELECT a.id FROM @.answers AS a WHERE a.expires_at <= p_now ORDER BY a.expires_at LIMIT ${FORGOTTEN_AT_ONCE}
      FOR UPDATE SKIP LOCKED);
  WHEN 'put-record' THEN
    IF p_effect ->> 'before' IS NULL THEN
      INSERT INTO @.records (kind, id, revision, due_at, body)
      VALUES (p_effect ->> 'kind', v_id, p_effect ->> 'revision', (p_effect ->> 'due')::bigint, p_effect ->> 'body')
      ON CONFLICT (kind, id) DO NOTHING;
      IF NOT FOUND THEN RETURN json_build_object('no', json_build_array('exists', v_name)); END IF;
    ELSE
      UPDATE @.records AS r
      SET revision = p_effect ->> 'revision', due_at = (p_effect ->> 'due')::bigint, body = p_effect ->> 'body'
      WHERE r.kind = p_effect ->> 'kind' AND r.id = v_id AND r.revision = p_effect ->> 'before';
      IF NOT FOUND THEN RETURN @.refusal_v1(@.has_record_v1(p_effect ->> 'kind', v_id), v_name); END IF;
    END IF;
  WHEN 'remove-record' THEN
    DELETE FROM @.records AS r
    WHERE r.kind = p_effect ->> 'kind' AND r.id = v_id AND r.revision = p_effect ->> 'before';
    IF NOT FOUND THEN RETURN @.refusal_v1(@.has_record_v1(p_effect ->> 'kind', v_id), v_name); END IF;
  WHEN 'insert-workflow' THEN RETURN @.insert_workflow_v1(p_now, p_effect);
  WHEN 'cancel-workflow' THEN RETURN @.cancel_workflow_v1(p_now, p_effect);
  WHEN 'resume-workflow' THEN RETURN @.resume_workflow_v1(p_now, p_effect);
  END CASE;
  RETURN NULL;
END $body$;

CREATE FUNCTION @.refusal_v1(p_there boolean, p_id text) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $body$
BEGIN
  RETURN json_build_object('no', json_build_array(CASE WHEN p_there THEN 'changed' ELSE 'missing' END, p_id));
END $body$;

CREATE FUNCTION @.has_record_v1(p_kind text, p_id text) RETURNS boolean LANGUAGE plpgsql STABLE AS $body$
BEGIN
  RETURN EXISTS (SELECT FROM @.records AS r WHERE r.kind = p_kind AND r.id = p_id);
END $body$;
`;

/**
 * All units of a group, as steps in their order: runs of units of one kind, or single ones with their effects. `p_locks` makes
 * those wait for each other that want jobs to be unique; they are sorted. Answers `{"refused": [[unit, reason, id]], "news": [...]}`.
 */
const RUN_UNITS = `
CREATE FUNCTION @.run_units_v1(p_now bigint, p_steps json, p_locks json, p_ready json) RETURNS json LANGUAGE plpgsql
${SETTINGS} AS $body$
DECLARE
  v_step json;
  v_effect json;
  v_some json;
  v_refused json[] := '{}';
  v_arrivals json[] := '{}';
  v_own json[];
  v_heard json[];
  v_news json[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock((p_locks ->> 0)::integer, l.value::integer)
  FROM json_array_elements_text(p_locks -> 1) WITH ORDINALITY AS l(value, place) ORDER BY l.place;
  FOR v_step IN SELECT s.value FROM json_array_elements(p_steps) AS s LOOP
    CASE v_step ->> 't'
    WHEN 'inserts' THEN
      v_some := @.insert_units_v1(p_now, v_step -> 'jobs');
      IF v_some IS NOT NULL THEN v_refused := v_refused || ARRAY(SELECT r.value FROM json_array_elements(v_some) AS r); END IF;
    WHEN 'updates' THEN
      v_some := @.update_jobs_v1(p_now, v_step -> 'jobs');
      v_refused := v_refused || ARRAY(
        SELECT json_build_array(r.value -> 0, CASE WHEN (r.value ->> 2)::boolean THEN 'changed' ELSE 'missing' END, r.value -> 1)
        FROM json_array_elements(v_some) AS r);
      v_arrivals := v_arrivals || ARRAY(
        SELECT a.value FROM json_array_elements(v_step -> 'arrivals') AS a
        WHERE NOT EXISTS (SELECT FROM json_array_elements(v_some) AS r WHERE r.value ->> 0 = a.value ->> 'u'));
    ELSE
      IF (v_step ->> 'hears')::boolean THEN
        v_some := @.hear_v1(p_now, array_to_json(v_arrivals), p_ready);
        IF v_some IS NOT NULL THEN v_news := array_append(v_news, v_some); END IF;
        v_arrivals := '{}';
      END IF;
      v_own := '{}';
      v_heard := '{}';
      BEGIN
        FOR v_effect IN SELECT e.value FROM json_array_elements(v_step -> 'effects') AS e LOOP
          IF v_effect ->> 'k' = 'arrive' THEN
            v_own := array_append(v_own, v_effect);
            CONTINUE;
          END IF;
          v_some := @.apply_effect_v1(p_now, v_effect);
          IF v_some -> 'no' IS NOT NULL THEN RAISE EXCEPTION 'refused' USING ERRCODE = 'OJ000'; END IF;
          IF v_some IS NOT NULL THEN v_heard := array_append(v_heard, v_some -> 'news'); END IF;
        END LOOP;
        v_arrivals := v_arrivals || v_own;
        v_news := v_news || v_heard;
      EXCEPTION WHEN SQLSTATE 'OJ000' THEN
        v_refused := array_append(v_refused, json_build_array(v_step -> 'u', v_some -> 'no' -> 0, v_some -> 'no' -> 1));
      END;
    END CASE;
  END LOOP;
  v_some := @.hear_v1(p_now, array_to_json(v_arrivals), p_ready);
  IF v_some IS NOT NULL THEN v_news := array_append(v_news, v_some); END IF;
  RETURN json_build_object('refused', array_to_json(v_refused), 'news', array_to_json(v_news));
END $body$;
`;

export const UNIT_FUNCTIONS: string = CLASH_FUNCTION + JOB_FUNCTIONS + INSERT_UNITS + APPLY_EFFECT + RUN_UNITS;
