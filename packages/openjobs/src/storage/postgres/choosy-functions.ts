/** The function that claims chosen jobs (docs/adr/029-choosy-fetches.md), with the limits of their lanes. */
import { SETTINGS } from "./function-settings.ts";
import { TAKE_PICKED } from "./lane-functions.ts";
import { AVAILABLE, laneKey } from "./states.ts";

/**
 * Claims of these jobs, in their order, as many as the claim wants. Whoever claims under the key of a job at this moment goes
 * first, and the job is passed by: to wait here, with rows locked, could be to wait for each other.
 */
export const CHOOSY_FUNCTIONS: string = `
CREATE FUNCTION @.claim_chosen_v1(p_now bigint, p_queues json, p_ids json, p_claim json, p_class integer)
RETURNS TABLE (claim integer, place bigint, queue text, job @.jobs, workflow json) LANGUAGE plpgsql
${SETTINGS} AS $body$
#variable_conflict use_column
DECLARE
  v_claim json := p_claim;
  v_place bigint := 0;
  v_left bigint := (p_claim ->> 'upto')::bigint;
  v_job record;
  v_key text;
  v_free bigint;
  v_uses jsonb := '{}';
  v_started text[] := '{}';
  v_picked uuid[] := '{}';
BEGIN
  FOR v_job IN
    SELECT j.id, j.lane FROM json_array_elements_text(p_ids) WITH ORDINALITY AS w(id, place)
    JOIN @.jobs AS j ON j.id = w.id::uuid
    WHERE j.state = ${AVAILABLE} AND j.queue IN (SELECT json_array_elements_text(p_queues)) AND (j.due_at IS NULL OR j.due_at > p_now)
      AND NOT EXISTS (SELECT FROM @.queues AS q WHERE q.name = j.queue AND q.paused_at IS NOT NULL)
    ORDER BY w.place FOR UPDATE OF j SKIP LOCKED
  LOOP
    EXIT WHEN cardinality(v_picked) = v_left;
    IF v_job.lane IS NOT NULL THEN
      v_key := ${laneKey("v_job")};
      CONTINUE WHEN NOT pg_try_advisory_xact_lock(p_class, hashtext('key ' || v_key));
      IF v_uses -> v_key IS NULL THEN
        SELECT v_uses || jsonb_build_object(v_key, jsonb_build_object('active', u.active, 'starts', u.starts)) INTO v_uses
        FROM @.key_use_v1(v_key) AS u;
      END IF;
      SELECT p.free INTO v_free FROM @.permits_v1(
        v_job.lane::json, (v_uses -> v_key ->> 'active')::bigint, (v_uses -> v_key -> 'starts')::json, p_now) AS p;
      CONTINUE WHEN v_free <= 0;
      v_uses := jsonb_set(v_uses, ARRAY[v_key], jsonb_build_object('active', (v_uses -> v_key ->> 'active')::bigint + 1,
        'starts', @.with_start_v1((v_uses -> v_key -> 'starts')::json, v_job.lane::json, p_now)));
      v_started := array_append(v_started, v_key);
    END IF;
    v_picked := array_append(v_picked, v_job.id);
  END LOOP;
  INSERT INTO @.rate_limits AS r (key, starts)
  SELECT s.key, (v_uses -> s.key -> 'starts')::text FROM (SELECT DISTINCT s.key FROM unnest(v_started) AS s(key)) AS s
  WHERE (v_uses -> s.key -> 'starts' ->> 0)::bigint > 0
  ON CONFLICT (key) DO UPDATE SET starts = excluded.starts;
  ${TAKE_PICKED}
END $body$;
`;
