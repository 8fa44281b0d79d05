/** What a request may say in its path, query and headers, by name: a name means the same for every route. */

import { LIMITS } from "../../core/limits.ts";
import { WORKFLOW_STATES } from "../../core/workflow/workflow.ts";
import { integer, type JsonSchema, ref, text, time, word } from "./schema-words.ts";

/** One parameter. */
export interface Parameter {
  readonly description: string;
  readonly schema: JsonSchema;
}

const LIST = "More than one with commas between them, or the parameter more than once.";

/** Parameters of paths: what routes write as `:name`. */
export const PATH_PARAMETERS: { readonly [name: string]: Parameter } = {
  id: { description: "Id of what the path names: a job, a workflow …", schema: text() },
  name: { description: "Name of what the path names: a queue, a cron job …", schema: text() },
  key: { description: "Key of a rate limit, as jobs name it.", schema: text() },
  version: { description: "A version: an integer, or a text such as `1.2.0`.", schema: text() },
};

/** Name of a query parameter; its own name where that is not the same. */
export type QueryName =
  | "limit"
  | "cursor"
  | "offset"
  | "page"
  | "per_page"
  | "queue"
  | "enabled"
  | "workflow_state"
  | "workflow_name"
  | "after"
  | "types"
  | "event_types"
  | "channel"
  | "queues"
  | "job_types"
  | "job_state"
  | "job_type"
  | "tags"
  | "since"
  | "until"
  | "delivery_status"
  | "subscription_id"
  | "wait"
  | "timeout";

/** Parameters of queries. */
export const QUERY_PARAMETERS: Readonly<Record<QueryName, Parameter & { readonly name?: string }>> = {
  wait: { description: "Whether to wait for the end of the job.", schema: word("true", "false") },
  timeout: { description: "How long to wait, in seconds. Default and most: 30.", schema: integer() },
  limit: {
    description: "Items of a page at most. A larger one than the server allows is lowered to that.",
    schema: integer({ minimum: 1 }),
  },
  cursor: { description: "The `next_cursor` of the page before.", schema: text() },
  offset: {
    description: "Items to skip, for clients without cursors.",
    schema: integer({ maximum: LIMITS.offsetMax }),
  },
  page: { description: "Number of the page, from 1: another way to say `offset`.", schema: integer({ minimum: 1 }) },
  per_page: { description: "Another name of `limit`.", schema: integer({ minimum: 1 }) },
  queue: { description: "Only of this queue.", schema: ref("QueueName") },
  enabled: { description: "Only those that are enabled, or are not.", schema: word("true", "false") },
  workflow_state: {
    name: "state",
    description: "Only in this state.",
    schema: word(...WORKFLOW_STATES, "active", "pending"),
  },
  workflow_name: { name: "name", description: "Only of this name.", schema: text() },
  after: { description: "The `cursor` of the page before, or an event's id.", schema: text() },
  types: { description: `Only events of these types; \`job.*\` for all that begin so. ${LIST}`, schema: text() },
  event_types: { description: "Another name of `types`.", schema: text() },
  channel: { description: `\`job:ID\`, \`queue:NAME\` or \`all\`, which is the default. ${LIST}`, schema: text() },
  queues: { description: `Only of these queues. ${LIST}`, schema: text() },
  job_types: { description: `Only of jobs of these types. ${LIST}`, schema: text() },
  job_state: { name: "state", description: `Only in this state. ${LIST}`, schema: text() },
  job_type: { name: "type", description: "Only of this type; `mail.*` for all that begin so.", schema: text() },
  tags: { description: `Only with all of these tags. ${LIST}`, schema: text() },
  since: { description: "Only jobs that were enqueued after this.", schema: time() },
  until: { description: "Only jobs that were enqueued before this.", schema: time() },
  delivery_status: {
    name: "status",
    description: "Only in this state.",
    schema: word("pending", "delivered", "dead"),
  },
  subscription_id: { description: "Only of this subscription, with `status=pending`.", schema: text() },
};

/** Name of such a header. */
export type HeaderName = "Prefer" | "Idempotency-Key" | "Last-Event-ID" | "X-OJS-Tenant";

/** Headers of requests beside those that every request may have. */
export const HEADERS: Readonly<Record<HeaderName, Parameter>> = {
  Prefer: { description: "`return=minimal` asks for a short answer (RFC 7240).", schema: text() },
  "Idempotency-Key": {
    description: "Under which a repeated request is answered as the first one was.",
    schema: text({ minLength: 1, maxLength: 256 }),
  },
  "X-OJS-Tenant": { description: "Whose jobs this is about: no others are seen, made or changed.", schema: text() },
  "Last-Event-ID": { description: "Id of the last event that was seen, to go on behind it.", schema: text() },
};

/** Headers that every request may have. */
export const COMMON_HEADERS: Readonly<Record<string, Parameter>> = {
  "OJS-Version": {
    description:
      "The version of the specification that the client speaks, 1.x. SDKs send it, and get some answers in their shape.",
    schema: text(),
  },
  "X-Request-Id": { description: "Comes back in the answer, and stands in the server's log.", schema: text() },
};
