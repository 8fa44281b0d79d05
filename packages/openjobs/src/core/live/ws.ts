/** Messages on a WebSocket of live events (ojs-realtime §3, §5). */
import { type OjsError, ojsError } from "../errors.ts";
import type { EventFilter } from "../events.ts";
import type { JsonText } from "../job.ts";
import { parseJson } from "../json.ts";
import { isJsonObject, type JsonObject } from "../json-object.ts";
import { formatTimestamp } from "../time.ts";
import { type Channel, readChannel } from "./channel.ts";
import type { LiveEvent } from "./live-event.ts";

/** The subprotocol that is used when the client offers it. */
export const WS_PROTOCOL = "ojs.v1";

/** What a client may say. `name` is the channel as it has written it, which is how it is answered. */
export type WsRequest =
  | { readonly action: "subscribe"; readonly name: string; readonly channel: Channel; readonly filter: EventFilter }
  | { readonly action: "unsubscribe"; readonly name: string }
  | { readonly action: "resume"; readonly after: string }
  | { readonly action: "ping" };

/** Names in one filter. */
const MAX_NAMES = 100;

const MAX_NAME_CHARACTERS = 255;

/**
 * Reads a message of a client.
 *
 * @throws OjsError `invalid_payload` or `invalid_request` that names the member, `not_found` for what cannot be the id of a job.
 */
export function readWsRequest(text: string): WsRequest {
  const said = parseJson(text);
  if (!isJsonObject(said)) throw invalid("action", "a member of a JSON object");
  const { action } = said;
  if (action === "ping") return { action };
  if (action === "resume") return { action, after: textIn(said, "last_event_id") };
  if (action === "unsubscribe") return { action, name: textIn(said, "channel") };
  if (action !== "subscribe") throw invalid("action", "'subscribe', 'unsubscribe', 'resume' or 'ping'");
  const name = textIn(said, "channel");
  return { action, name, channel: readChannel(name), filter: readFilter(said) };
}

/** One event on one channel; for what was dropped, with the warning before it. */
export function encodeWsEvent(channel: string, { id, type, at, data, dropped }: LiveEvent): readonly JsonText[] {
  const facts = JSON.stringify({ type: "event", channel, event: type, id, timestamp: formatTimestamp(at) });
  const event = `${facts.slice(0, -1)},"data":${data}}`;
  if (dropped === undefined) return [event];
  const { count, oldest, newest } = dropped;
  const range = { oldest_dropped_id: oldest, newest_dropped_id: newest };
  return [encodeWsAnswer({ type: "warning", code: "events_dropped", count, channel, ...range }), event];
}

/** What a request is answered with. */
export function encodeWsAnswer(answer: Readonly<Record<string, unknown>>): JsonText {
  return JSON.stringify(answer);
}

/** A request that was refused; `channel` if it was about one. */
export function encodeWsError({ code, message, hint }: OjsError, channel?: string): JsonText {
  return encodeWsAnswer({ type: "error", code, message, hint, channel });
}

/** The filter of a subscription, in the spellings of ojs-realtime §5.6 and ojs-events §6.2. */
function readFilter(said: JsonObject): EventFilter {
  const filter = said.filter ?? {};
  if (!isJsonObject(filter)) throw invalid("filter", "an object");
  const types = namesIn(said, "event_types") ?? namesIn(filter, "event_types");
  const queues = namesIn(filter, "queues");
  const jobTypes = namesIn(filter, "job_types");
  return {
    ...(types === undefined ? {} : { types }),
    ...(queues === undefined ? {} : { queues }),
    ...(jobTypes === undefined ? {} : { jobTypes }),
  };
}

function namesIn(said: JsonObject, member: string): readonly string[] | undefined {
  const names = said[member] ?? undefined;
  if (names === undefined) return undefined;
  if (Array.isArray(names) && names.length <= MAX_NAMES && names.every(isName)) return names;
  throw invalid(member, `an array of at most ${MAX_NAMES} texts`);
}

function textIn(said: JsonObject, member: string): string {
  const value = said[member];
  if (isName(value)) return value;
  throw invalid(member, `a text of 1 to ${MAX_NAME_CHARACTERS} characters`);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME_CHARACTERS;
}

function invalid(field: string, expected: string): OjsError {
  return ojsError("invalid_request", `The field '${field}' must be ${expected}.`, { details: { field, expected } });
}
