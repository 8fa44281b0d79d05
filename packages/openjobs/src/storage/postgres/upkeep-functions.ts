/** Functions for housekeeping, each in small steps. */

import { ACTIVITY_KEPT_MS, minuteOf } from "../tally.ts";
import { SETTINGS } from "./function-settings.ts";
import { ACTIVITY, COUNTERS, countRemoved } from "./queue-deltas.ts";
import { DISCARDED, ENDED } from "./states.ts";

/** Deltas that one call folds at most. */
const FOLDED_AT_ONCE = 20_000;

/** What tells a lock of ours from those of other programs: any number that nobody else is likely to take. */
const FOLD_LOCK = 0x4f4a53;

const sums = (names: readonly string[]): string => names.map((name) => `sum(d.${name}) AS ${name}`).join(", ");

/** Adds deltas to the counters of their queues. One server at a time; whoever comes second has nothing to do. */
const FOLD = `
CREATE FUNCTION @.fold_v1(p_schema integer) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
  v_folded bigint;
  v_minute bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(${FOLD_LOCK}, p_schema) THEN RETURN 0; END IF;
  WITH gone AS (
    DELETE FROM @.queue_deltas WHERE ctid = ANY (ARRAY(SELECT d.ctid FROM @.queue_deltas AS d LIMIT ${FOLDED_AT_ONCE}))
    RETURNING *
  ),
  folded AS (
    UPDATE @.queues AS q SET ${COUNTERS.map((name) => `${name} = q.${name} + s.${name}`).join(", ")}
    FROM (SELECT d.queue, ${sums(COUNTERS)} FROM gone AS d GROUP BY d.queue) AS s WHERE q.name = s.queue
  ),
  minutes AS (
    INSERT INTO @.queue_minutes AS m (queue, minute, ${ACTIVITY.join(", ")})
    SELECT d.queue, d.minute, ${sums(ACTIVITY)} FROM gone AS d
    WHERE d.starts + d.completions + d.failures > 0 GROUP BY d.queue, d.minute
    ON CONFLICT (queue, minute) DO UPDATE SET ${ACTIVITY.map((name) => `${name} = m.${name} + excluded.${name}`).join(", ")}
  )
  SELECT count(*), max(d.minute) INTO v_folded, v_minute FROM gone AS d;
  DELETE FROM @.queue_minutes AS m WHERE m.minute < v_minute - ${minuteOf(ACTIVITY_KEPT_MS)};
  IF (SELECT count(*) FROM @.workflow_deltas) > 100 THEN
    WITH gone AS (DELETE FROM @.workflow_deltas RETURNING *)
    INSERT INTO @.workflow_deltas (state, workflows) SELECT d.state, sum(d.workflows) FROM gone AS d GROUP BY d.state;
  END IF;
  RETURN v_folded;
END $body$;
`;

/** Dead letters have a time of their own, and what was brought back from them runs. */
const STAYS = `(NOT (${ENDED}) OR (state = ${DISCARDED} AND dead_letter))`;

/** Members first: a workflow without them still knows how its steps ended. The rest follows as far as there is room. */
const PRUNE_WORKFLOWS = `
CREATE FUNCTION @.prune_workflows_v1(p_ended bigint, p_state smallint, p_limit bigint) RETURNS bigint LANGUAGE plpgsql
${SETTINGS} AS $body$
#variable_conflict use_column
DECLARE
  v_seq bigint;
  v_id text;
  v_room bigint := p_limit;
  v_removed bigint;
BEGIN
  WHILE v_room > 0 LOOP
    SELECT w.seq, w.id INTO v_seq, v_id FROM @.workflows AS w
    WHERE w.state = p_state AND w.ended_at <= p_ended ORDER BY w.ended_at, w.seq LIMIT 1 FOR UPDATE SKIP LOCKED;
    EXIT WHEN NOT FOUND;
    UPDATE @.jobs SET workflow_id = NULL, workflow_step = NULL, revision = revision + 1
    WHERE workflow_id = v_id AND ${STAYS};
    WITH old AS MATERIALIZED (
      SELECT j.id FROM @.jobs AS j WHERE j.workflow_id = v_id AND NOT ${STAYS} ORDER BY j.seq LIMIT v_room FOR UPDATE
    ),
    gone AS (
      DELETE FROM @.jobs AS j USING old AS o WHERE j.id = o.id RETURNING j.queue, j.state, j.dead_letter
    ),
    counted AS (${countRemoved("gone", "$1")})
    SELECT v_room - count(*) INTO v_room FROM gone;
    EXIT WHEN v_room = 0;
    DELETE FROM @.workflow_steps AS s WHERE s.workflow = v_seq AND s.number IN (
      SELECT o.number FROM @.workflow_steps AS o WHERE o.workflow = v_seq ORDER BY o.number LIMIT v_room);
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    v_room := v_room - v_removed;
    DELETE FROM @.workflow_joins AS j WHERE j.workflow = v_seq AND j.number IN (
      SELECT o.number FROM @.workflow_joins AS o WHERE o.workflow = v_seq ORDER BY o.number LIMIT v_room);
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    v_room := v_room - v_removed;
    EXIT WHEN v_room = 0;
    DELETE FROM @.workflows AS w WHERE w.seq = v_seq;
    INSERT INTO @.workflow_deltas (state, workflows) VALUES (p_state, -1);
    v_room := v_room - 1;
  END LOOP;
  RETURN p_limit - v_room;
END $body$;
`;

export const UPKEEP_FUNCTIONS: string = FOLD + PRUNE_WORKFLOWS;
