/** Who owns which top-level name of a job: the request, the server, or whoever made up an extension (ojs-core §5). */

/** Names that mean the same in `options` (ojs-http-binding §7) and at the top level (ojs-core §5.2). */
export const OPTION_NAMES = [
  "queue",
  "priority",
  "timeout_ms",
  "timeout",
  "visibility_timeout_ms",
  "visibility_timeout",
  "grace_period_ms",
  "grace_period",
  "total_timeout_ms",
  "total_timeout",
  "enqueue_ttl_ms",
  "enqueue_ttl",
  "heartbeat_timeout_ms",
  "heartbeat_timeout",
  "delay_until",
  "scheduled_at",
  "delay",
  "expires_at",
  "retry",
  "retry_policy",
  "unique",
  "rate_limit",
  "schema",
  "tags",
  "pending",
] as const;

/** A name of {@link OPTION_NAMES}. */
export type OptionName = (typeof OPTION_NAMES)[number];

const ENVELOPE_NAMES = ["specversion", "id", "type", "args", "meta", "options"];

/**
 * Set by the server alone; what a client sends under these names is ignored (ojs-core §5.3). It is every name that an
 * answer about a job may carry beside the client's own attributes, or an answer could contain a name twice.
 */
export const SYSTEM_NAMES = [
  "state",
  "attempt",
  "max_attempts",
  "created_at",
  "enqueued_at",
  "started_at",
  "completed_at",
  "cancelled_at",
  "discarded_at",
  "activated_at",
  "re_enqueued_at",
  "previous_state",
  "previous_priority",
  "deduplicated",
  "worker_id",
  "lease",
  "lease_expires_at",
  "result",
  "error",
  "errors",
  "retry_delay_ms",
  "next_attempt_at",
  "next_retry_at",
  "workflow_id",
  "parent_results",
  "checkpoint",
  "last_checkpoint",
] as const;

const OPTIONS: ReadonlySet<string> = new Set([...OPTION_NAMES, "metadata"]);
const KNOWN: ReadonlySet<string> = new Set([...ENVELOPE_NAMES, ...OPTION_NAMES, ...SYSTEM_NAMES]);

/** Whether a top-level attribute is an extension, which is kept and returned as it came (ojs-core §5.5). */
export function isExtension(name: string): boolean {
  return !KNOWN.has(name);
}

/** The same for a member of `options`. */
export function isExtensionOption(name: string): boolean {
  return !OPTIONS.has(name);
}
