/** A function that the server calls with jobs, instead of a worker that fetches them (ojs-serverless §2.1). */

/** What its owner says about an endpoint. */
export interface PushTerms {
  /** Where to post. */
  readonly endpoint: string;
  readonly queues: readonly string[];
  /** Null = every type. */
  readonly jobTypes: readonly string[] | null;
  /** Jobs that it is given at a time, by each server. */
  readonly maxConcurrency: number;
  /** How long it may take for a job, in milliseconds. */
  readonly timeoutMs: number;
  readonly active: boolean;
}

/** An endpoint as it is kept. Times are Unix milliseconds. */
export interface PushEndpoint extends PushTerms {
  /** `push_` and a UUIDv7. */
  readonly id: string;
  readonly secret: string;
  /** Why the server switched it off; null = it did not. */
  readonly disabledReason: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** How much longer the first call may take, and how long a late answer to it is waited for (§3.4). */
export const COLD_START_MS = 10_000;

/** How long a job is held for a call: also a cold one that is late, and for its outcome to be stored. */
export function pushLeaseMs({ timeoutMs }: Pick<PushTerms, "timeoutMs">): number {
  return timeoutMs + 2 * COLD_START_MS + COLD_START_MS;
}

/** Whether it is given jobs of this type. */
export function takesType({ jobTypes }: Pick<PushTerms, "jobTypes">, type: string): boolean {
  return jobTypes === null || jobTypes.includes(type);
}
