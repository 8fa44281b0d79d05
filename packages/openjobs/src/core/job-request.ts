/** Enqueue requests: from any JSON value to a checked job (ojs-core §5, ojs-http-binding §7). */
import type { JobRequest, JsonText } from "./job.ts";

/** A checked request; what is missing is decided by the engine: the id, the fingerprint, the moment of creation. */
export interface NewJob extends Omit<JobRequest, "id" | "createdAt" | "digest"> {
  /** The id that the client chose; null = the server chooses. */
  readonly id: string | null;
  readonly priority: number;
  /** When the job becomes available, Unix milliseconds; null = at once. May be in the past. */
  readonly scheduledAt: number | null;
  /** Whether the job waits for its activation (ojs-core §7.1). */
  readonly pending: boolean;
  /** The text that tells a replay from a clash: two requests with one id and one source are the same request. */
  readonly source: JsonText;
}
