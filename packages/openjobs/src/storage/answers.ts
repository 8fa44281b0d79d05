/**
 * The part of the storage port that remembers answers, so that a request with an idempotency key is carried out once
 * (ojs-bulk-operations §10). Internal: no semver promise.
 */

/** An answer and the request that it belongs to. */
export interface KeptAnswer {
  /** Operation and key. Has a colon in it, so that it is never the id of a job. */
  readonly id: string;
  /** Fingerprint of the request. */
  readonly digest: string;
  readonly status: number;
  /** JSON text. */
  readonly body: string;
  /** Unix milliseconds; from then on the same id is a new request. */
  readonly expiresAt: number;
}

/**
 * One write. Guard: no answer is kept under this id, or it has expired. A few others that have expired are removed on
 * this occasion, so that the store never holds more than what a day has brought.
 */
export interface KeepAnswer {
  readonly kind: "keep-answer";
  readonly answer: KeptAnswer;
}

/** How many expired answers are removed at each new one. */
export const FORGOTTEN_AT_ONCE = 20;

/** Read access to kept answers. */
export interface AnswerQueries {
  /** The answer under this id, unless it has expired by `now`. */
  get(id: string, now: number): Promise<KeptAnswer | undefined>;
}
