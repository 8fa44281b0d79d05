/**
 * Functions that claim jobs in lanes (docs/adr/017-lanes.md): `permitsOf` and `withStart` of core, and the claim by them. Servers
 * that claim from lanes of one queue, or under one key, wait for each other.
 */
import { SETTINGS } from "./function-settings.ts";
import { countClaimed } from "./queue-deltas.ts";
import { ACTIVE, AVAILABLE, laneKey } from "./states.ts";
import { workflowJson } from "./workflow-row.ts";

/** Starts within a 64th of the longest period are one entry. */
const SLOTS = 64;

/** No limit at all. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** `p_starts` is `[keepMs, [[at, count]]]`, oldest first. */
const PERMITS = `
CREATE FUNCTION @.permits_v1(p_limit json, p_active bigint, p_starts json, p_now bigint, OUT free bigint, OUT opens_at bigint)
LANGUAGE plpgsql IMMUTABLE AS $body$
DECLARE
  v_limit bigint := (p_limit -> 'rate' ->> 0)::bigint;
  v_period bigint := (p_limit -> 'rate' ->> 1)::bigint;
  v_interval bigint := ceil((p_limit -> 'throttle' ->> 1)::numeric / (p_limit -> 'throttle' ->> 0)::numeric);
  v_last bigint := (p_starts -> 1 -> -1 ->> 0)::bigint;
  v_used bigint;
BEGIN
  free := coalesce((p_limit ->> 'concurrency')::bigint, ${UNLIMITED}) - p_active;
  IF free <= 0 THEN
    free := 0;
    RETURN;
  END IF;
  opens_at := p_now;
  IF v_limit IS NOT NULL THEN
    SELECT coalesce(sum((e.value ->> 1)::bigint), 0) INTO v_used FROM json_array_elements(p_starts -> 1) AS e
    WHERE abs(p_now - (e.value ->> 0)::bigint) < v_period;
    free := greatest(0, least(free, v_limit - v_used));
    IF v_limit <= v_used THEN
      SELECT min(e.at) + v_period INTO opens_at FROM (
        SELECT (e.value ->> 0)::bigint AS at, v_used - sum((e.value ->> 1)::bigint) OVER (ORDER BY e.place) AS used
        FROM json_array_elements(p_starts -> 1) WITH ORDINALITY AS e(value, place)
        WHERE abs(p_now - (e.value ->> 0)::bigint) < v_period
      ) AS e WHERE e.used < v_limit;
    END IF;
  END IF;
  IF v_interval IS NOT NULL THEN
    IF v_last IS NULL OR abs(p_now - v_last) >= v_interval THEN free := least(free, 1);
    ELSE
      free := 0;
      opens_at := greatest(opens_at, v_last + v_interval);
    END IF;
  END IF;
END $body$;

CREATE FUNCTION @.with_start_v1(p_starts json, p_limit json, p_now bigint) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $body$
DECLARE
  v_span bigint := greatest((p_limit -> 'rate' ->> 1)::bigint,
    ceil((p_limit -> 'throttle' ->> 1)::numeric / (p_limit -> 'throttle' ->> 0)::numeric)::bigint, 0);
  v_keep bigint := greatest((p_starts ->> 0)::bigint, v_span);
  v_slot bigint := greatest(1, ceil(v_keep::numeric / ${SLOTS})::bigint);
  v_kept json[];
  v_last json;
BEGIN
  IF v_span = 0 THEN RETURN p_starts; END IF;
  v_kept := ARRAY(
    SELECT e.value FROM json_array_elements(p_starts -> 1) WITH ORDINALITY AS e(value, place)
    WHERE abs(p_now - (e.value ->> 0)::bigint) < v_keep ORDER BY e.place);
  v_last := v_kept[cardinality(v_kept)];
  IF (v_last ->> 0)::bigint / v_slot >= p_now / v_slot THEN
    v_kept[cardinality(v_kept)] := json_build_array(greatest((v_last ->> 0)::bigint, p_now), (v_last ->> 1)::bigint + 1);
  ELSE v_kept := array_append(v_kept, json_build_array(p_now, 1));
  END IF;
  RETURN json_build_array(v_keep, array_to_json(v_kept));
END $body$;
`;

/** The lanes of a queue in which jobs wait, one look-up each, with the first job of each and what their keys leave them. */
const OPEN_LANES = `
CREATE FUNCTION @.lanes_v1(p_queue text, p_now bigint)
RETURNS TABLE (lane text, priority integer, available_at bigint, seq bigint, free bigint, opens_at bigint)
LANGUAGE plpgsql STABLE AS $body$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH RECURSIVE lanes AS (
    (SELECT j.lane FROM @.jobs AS j WHERE j.state = ${AVAILABLE} AND j.queue = p_queue AND j.lane IS NOT NULL
      ORDER BY j.lane LIMIT 1)
    UNION ALL
    SELECT (SELECT j.lane FROM @.jobs AS j
      WHERE j.state = ${AVAILABLE} AND j.queue = p_queue AND j.lane IS NOT NULL AND j.lane > l.lane ORDER BY j.lane LIMIT 1)
    FROM lanes AS l WHERE l.lane IS NOT NULL
  )
  SELECT l.lane, f.priority, f.available_at, f.seq, p.free, p.opens_at
  FROM lanes AS l
  CROSS JOIN LATERAL (
    SELECT j.priority, j.available_at, j.seq FROM @.jobs AS j
    WHERE j.state = ${AVAILABLE} AND j.queue = p_queue AND j.lane = l.lane AND (j.due_at IS NULL OR j.due_at > p_now)
    ORDER BY j.priority DESC, j.available_at, j.seq LIMIT 1
  ) AS f
  CROSS JOIN LATERAL @.key_use_v1(${laneKey("l")}) AS u
  CROSS JOIN LATERAL @.permits_v1(l.lane::json, u.active, u.starts, p_now) AS p
  WHERE l.lane IS NOT NULL;
END $body$;

CREATE FUNCTION @.key_use_v1(p_key text, OUT active bigint, OUT starts json) LANGUAGE plpgsql STABLE AS $body$
BEGIN
  SELECT count(*) INTO active FROM @.jobs AS j
  WHERE j.state = ${ACTIVE} AND j.lane IS NOT NULL AND ${laneKey("j")} = p_key;
  SELECT r.starts::json INTO starts FROM @.rate_limits AS r WHERE r.key = p_key;
  starts := coalesce(starts, '[0,[]]');
END $body$;
`;

/** Makes jobs active that were picked for a claim, in their order. */
export const TAKE_PICKED: string = `
      RETURN QUERY
      WITH claimed AS (
        UPDATE @.jobs AS j SET
          state = ${ACTIVE}, attempt = j.attempt + 1, lease = j.lease + 1, worker_id = v_claim ->> 'worker', started_at = p_now,
          lease_ms = t.lease, lease_until = p_now + t.lease, timeout_at = p_now + t.timeout,
          due_at = least(p_now + t.lease, p_now + t.timeout, j.end_by), revision = j.revision + 1
        FROM (
          SELECT o.id, p.place, coalesce(o.visibility_ms, (v_claim ->> 'lease_ms')::bigint) AS lease,
            coalesce(o.timeout_ms, (v_claim ->> 'timeout_ms')::bigint) AS timeout
          FROM unnest(v_picked) WITH ORDINALITY AS p(id, place) JOIN @.jobs AS o ON o.id = p.id
        ) AS t WHERE j.id = t.id AND j.state + 0 = ${AVAILABLE}
        RETURNING t.place, j AS job, j.queue, j.available_at, j.enqueued_at, j.workflow_id
      ),
      counted AS (${countClaimed("claimed", "$1")}),
      started AS (
        UPDATE @.workflows AS w SET started_at = p_now
        WHERE w.id IN (SELECT c.workflow_id FROM claimed AS c WHERE c.workflow_id IS NOT NULL) AND w.started_at IS NULL
        RETURNING w.*
      )
      SELECT (v_claim ->> 'n')::integer, v_place + c.place, NULL::text, c.job,
        (SELECT ${workflowJson("s")} FROM started AS s WHERE s.id = c.workflow_id)
      FROM claimed AS c;`;

/**
 * Claims from queues of which one has lanes. In rounds: the lanes whose limits leave something and whose first jobs come first
 * are locked by their keys and looked at again, then jobs are picked in their order, each lane until its limits say no. What lies
 * behind a lane that was not among them is for the next round. Rows without a claim are openings: the queue, and when.
 */
const CLAIM_IN_LANES = `
CREATE FUNCTION @.claim_in_lanes_v1(p_now bigint, p_queues json, p_claims json, p_class integer)
RETURNS TABLE (claim integer, place bigint, queue text, job @.jobs, workflow json) LANGUAGE plpgsql
${SETTINGS} AS $body$
#variable_conflict use_column
DECLARE
  v_claim json;
  v_queue text;
  v_left bigint;
  v_place bigint := 0;
  v_lanes text[];
  v_bound record;
  v_job record;
  v_free bigint;
  v_key text;
  v_uses jsonb;
  v_started text[];
  v_picked uuid[];
  v_again boolean;
BEGIN
  FOR v_claim IN SELECT c.value FROM json_array_elements(p_claims) WITH ORDINALITY AS c(value, place) ORDER BY c.place LOOP
    v_left := (v_claim ->> 'upto')::bigint - (v_claim ->> 'after')::bigint;
    FOR v_queue IN
      SELECT w.queue FROM json_array_elements_text(p_queues) WITH ORDINALITY AS w(queue, place)
      WHERE NOT EXISTS (SELECT FROM @.queues AS q WHERE q.name = w.queue AND q.paused_at IS NOT NULL) ORDER BY w.place
    LOOP
      PERFORM pg_advisory_xact_lock(p_class, hashtext('queue ' || v_queue));
      v_again := true;
      WHILE v_again AND v_left > 0 LOOP
        v_again := false;
        v_lanes := ARRAY(
          SELECT l.lane FROM @.lanes_v1(v_queue, p_now) AS l WHERE l.free > 0
          ORDER BY l.priority DESC, l.available_at, l.seq LIMIT v_left);
        PERFORM pg_advisory_xact_lock(p_class, k.lock) FROM (
          SELECT DISTINCT hashtext('key ' || ${laneKey("l")}) AS lock FROM unnest(v_lanes) AS l(lane) ORDER BY lock
        ) AS k;
        SELECT l.priority, l.available_at, l.seq INTO v_bound FROM @.lanes_v1(v_queue, p_now) AS l
        WHERE l.free > 0 AND l.lane <> ALL (v_lanes) ORDER BY l.priority DESC, l.available_at, l.seq LIMIT 1;
        SELECT coalesce(jsonb_object_agg(k.key, jsonb_build_object('active', u.active, 'starts', u.starts)), '{}') INTO v_uses
        FROM (SELECT DISTINCT ${laneKey("l")} AS key FROM unnest(v_lanes) AS l(lane)) AS k
        CROSS JOIN LATERAL @.key_use_v1(k.key) AS u;
        v_picked := '{}';
        v_started := '{}';
        FOR v_job IN
          SELECT c.* FROM (
            (SELECT j.id, j.lane, j.priority, j.available_at, j.seq FROM @.jobs AS j
              WHERE j.state = ${AVAILABLE} AND j.queue = v_queue AND j.lane IS NULL AND (j.due_at IS NULL OR j.due_at > p_now)
              ORDER BY j.priority DESC, j.available_at, j.seq LIMIT v_left)
            UNION ALL
            SELECT f.* FROM unnest(v_lanes) AS l(lane) CROSS JOIN LATERAL (
              SELECT j.id, j.lane, j.priority, j.available_at, j.seq FROM @.jobs AS j
              WHERE j.state = ${AVAILABLE} AND j.queue = v_queue AND j.lane = l.lane AND (j.due_at IS NULL OR j.due_at > p_now)
              ORDER BY j.priority DESC, j.available_at, j.seq LIMIT v_left
            ) AS f
          ) AS c ORDER BY c.priority DESC, c.available_at, c.seq
        LOOP
          EXIT WHEN cardinality(v_picked) = v_left;
          IF v_bound.seq IS NOT NULL
            AND (-v_job.priority, v_job.available_at, v_job.seq) > (-v_bound.priority, v_bound.available_at, v_bound.seq)
          THEN
            v_again := true;
            EXIT;
          END IF;
          IF v_job.lane IS NOT NULL THEN
            CONTINUE WHEN v_job.lane <> ALL (v_lanes);
            v_key := ${laneKey("v_job")};
            SELECT p.free INTO v_free FROM @.permits_v1(
              v_job.lane::json, (v_uses -> v_key ->> 'active')::bigint, (v_uses -> v_key -> 'starts')::json, p_now) AS p;
            IF v_free <= 0 THEN
              v_lanes := array_remove(v_lanes, v_job.lane);
              CONTINUE;
            END IF;
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
        v_left := v_left - cardinality(v_picked);
        v_place := v_place + cardinality(v_picked);
      END LOOP;
    END LOOP;
  END LOOP;
  RETURN QUERY
  SELECT NULL::integer, min(CASE WHEN l.free > 0 THEN p_now ELSE l.opens_at END), w.queue, NULL::@.jobs, NULL::json
  FROM json_array_elements_text(p_queues) AS w(queue) CROSS JOIN LATERAL @.lanes_v1(w.queue, p_now) AS l
  WHERE NOT EXISTS (SELECT FROM @.queues AS q WHERE q.name = w.queue AND q.paused_at IS NOT NULL) GROUP BY w.queue;
END $body$;
`;

/** The recent starts under each key, and what finds lanes and the jobs that run in them. */
const TABLES = `
CREATE TABLE @.rate_limits (key text COLLATE "C" NOT NULL PRIMARY KEY, starts text NOT NULL) WITH (fillfactor = 50);
CREATE INDEX jobs_in_lanes ON @.jobs (queue, lane, priority DESC, available_at, seq)
  WHERE state = ${AVAILABLE} AND lane IS NOT NULL;
CREATE INDEX jobs_running_in_lanes ON @.jobs ((${laneKey("")})) WHERE state = ${ACTIVE} AND lane IS NOT NULL;
CREATE INDEX jobs_waiting_by_key ON @.jobs ((${laneKey("")})) WHERE state = ${AVAILABLE} AND lane IS NOT NULL;
`;

export const LANES: string = TABLES + PERMITS + OPEN_LANES + CLAIM_IN_LANES;
