/** When an endpoint that fails is left alone, and when it is tried again (ojs-serverless §7.2). Times are Unix milliseconds. */

/** What is known of an endpoint's health. */
export interface Circuit {
  /** Failures of the delivery in a row. */
  readonly failures: number;
  /** Answers in a row that asked for less. */
  readonly refusals: number;
  /** Nothing is sent before this moment; null = at any. */
  readonly closedAgainAt: number | null;
}

/** Of an endpoint of which nothing is known. */
export const HEALTHY: Circuit = { failures: 0, refusals: 0, closedAgainAt: null };

/** So many failures in a row open it. */
const MAX_FAILURES = 5;
const COOLDOWN_MS = 60_000;
const FIRST_REST_MS = 1_000;

/** As it is called by observers. */
export type CircuitState = "closed" | "open" | "half_open";

/** How it stands now. */
export function circuitState({ failures, closedAgainAt }: Circuit, now: number): CircuitState {
  if (closedAgainAt !== null && closedAgainAt > now) return "open";
  return failures >= MAX_FAILURES ? "half_open" : "closed";
}

/** How many jobs may be on their way at this moment: after a pause one, to see whether it answers again. */
export function allowedBy(circuit: Circuit, maxConcurrency: number, now: number): number {
  const state = circuitState(circuit, now);
  if (state === "open") return 0;
  return state === "half_open" ? 1 : maxConcurrency;
}

/** After a call that went well, whatever became of the job. */
export function afterSuccess(): Circuit {
  return HEALTHY;
}

/** After a failure of the delivery. */
export function afterFailure({ failures }: Circuit, now: number): Circuit {
  const more = failures + 1;
  return { failures: more, refusals: 0, closedAgainAt: more < MAX_FAILURES ? null : now + COOLDOWN_MS };
}

/** After an answer that asked for less: a second, twice as long each time, at most a minute, or as long as it said. */
export function afterRefusal({ failures, refusals }: Circuit, retryAfterMs: number | null, now: number): Circuit {
  const rest = retryAfterMs ?? Math.min(FIRST_REST_MS * 2 ** refusals, COOLDOWN_MS);
  return { failures, refusals: refusals + 1, closedAgainAt: now + rest };
}
