/** Units as a part of a transaction of the application (docs/adr/018-transactional-enqueue.md). */
import { CLASH, UNPREPARED } from "./postgres-error.ts";

/** The function without its schema; its presence says that transactions of the application are possible. */
export const JOIN_TRANSACTION = "join_transaction_v1";

/**
 * Does what `run_units_v1` does, and tells the servers, who hear it at COMMIT and not at all after ROLLBACK. What that raises
 * would end the transaction of the application: here it is a value, after its work was undone. Answers as `run_units_v1`, or
 * `{"clash": true}`, or `{"unprepared": "JSON array of what the steps were stored with"}`.
 */
export const TRANSACTION_FUNCTIONS: string = `
CREATE FUNCTION @.${JOIN_TRANSACTION}(
  p_now bigint, p_steps json, p_locks json, p_ready json, p_channel text, p_notice text
) RETURNS json LANGUAGE plpgsql AS $body$
DECLARE
  v_answer json;
  v_detail text;
BEGIN
  v_answer := @.run_units_v1(p_now, p_steps, p_locks, p_ready);
  IF json_array_length(v_answer -> 'refused') = 0 THEN PERFORM pg_notify(p_channel, p_notice); END IF;
  RETURN v_answer;
EXCEPTION
  WHEN SQLSTATE '${CLASH}' THEN RETURN '{"clash": true}';
  WHEN SQLSTATE '${UNPREPARED}' THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    RETURN json_build_object('unprepared', v_detail);
END $body$;
`;
