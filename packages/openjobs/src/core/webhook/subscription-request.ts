/** Reads what somebody wants to be told of (ojs-webhooks §6). Where the URL may lead is for the server to say. */
import { exceedsBytes } from "../byte-length.ts";
import { EVENT_KINDS } from "../event-kinds.ts";
import { stringifyJson } from "../json.ts";
import { isJsonObject, type JsonObject } from "../json-object.ts";
import { LIMITS } from "../limits.ts";
import { findMember, refused, stringsOf } from "../request-fields.ts";
import { isEventPattern } from "./event-pattern.ts";
import type { WebhookFilter, WebhookTerms } from "./subscription.ts";
import { readSecret, readTargetUrl } from "./target-request.ts";

/** A subscription to be. */
export interface NewWebhook extends WebhookTerms {
  /** Absent = the server makes one. */
  readonly secret: string | undefined;
}

/** What of a subscription is to be different. */
export type WebhookChange = Partial<WebhookTerms>;

type Readers = { readonly [Name in keyof WebhookTerms]: (value: unknown) => WebhookTerms[Name] };

const READ: Readers = {
  url: (value) => readTargetUrl(value, "url"),
  events: readEvents,
  filter: readFilter,
  active: readActive,
  metadata: readMetadata,
};

/** The body of `POST /webhooks/subscriptions`; null is as good as absent. */
export function readNewWebhook(body: JsonObject): NewWebhook {
  return {
    url: readTargetUrl(body.url, "url"),
    events: readEvents(body.events),
    filter: readFilter(body.filter ?? null),
    active: readActive(body.active ?? true),
    metadata: readMetadata(body.metadata ?? null),
    secret: readSecret(body.secret, "secret"),
  };
}

/** The body of `PATCH /webhooks/subscriptions/{id}`: members that are named replace what was there. */
export function readWebhookChange(body: JsonObject): WebhookChange {
  if (body.secret !== undefined) {
    throw refused("secret", "cannot be changed in this way", "Use POST …/rotate-secret: both sign for a day then.");
  }
  const { url, events, filter, active, metadata } = READ;
  const change: WebhookChange = {
    ...(body.url === undefined ? {} : { url: url(body.url) }),
    ...(body.events === undefined ? {} : { events: events(body.events) }),
    ...(body.filter === undefined ? {} : { filter: filter(body.filter) }),
    ...(body.active === undefined ? {} : { active: active(body.active) }),
    ...(body.metadata === undefined ? {} : { metadata: metadata(body.metadata) }),
  };
  if (Object.keys(change).length > 0) return change;
  throw refused("", `must name at least one of ${Object.keys(READ).join(", ")}`);
}

function readEvents(value: unknown): readonly string[] {
  const events = stringsOf({ name: "events", value, field: "events" }, LIMITS.webhookEvents, LIMITS.nameChars);
  if (events.length === 0) throw refused("events", "must name at least one type of events");
  events.forEach((event, index) => {
    if (!isEventPattern(event)) throw refused(`events[${index}]`, `is no event of this server: ${event}`, EVENT_HINT);
  });
  return [...new Set(events)];
}

function readFilter(value: unknown): WebhookFilter | null {
  if (value === null) return null;
  if (!isJsonObject(value)) throw refused("filter", "must be an object with queues, job_types or both");
  const queues = readNames(value, "queues");
  const jobTypes = readNames(value, "job_types");
  return { ...(queues === undefined ? {} : { queues }), ...(jobTypes === undefined ? {} : { jobTypes }) };
}

function readNames(filter: JsonObject, name: string): readonly string[] | undefined {
  const found = findMember(filter, name, "filter");
  return found.value === null ? undefined : stringsOf(found, LIMITS.webhookFilterNames, LIMITS.nameChars);
}

function readActive(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw refused("active", "must be a boolean");
}

function readMetadata(value: unknown): JsonObject | null {
  if (value === null) return null;
  if (!isJsonObject(value)) throw refused("metadata", "must be an object");
  if (!exceedsBytes(stringifyJson(value), LIMITS.webhookMetadataBytes)) return value;
  throw refused("metadata", `must have at most ${LIMITS.webhookMetadataBytes} bytes as compact JSON`);
}

const EVENT_HINT = `Name one of ${EVENT_KINDS.join(", ")}, a family such as job.*, or *.`;
