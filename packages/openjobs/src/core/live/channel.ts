/** What a reader of live events listens to (ojs-realtime §3.2). */
import { ojsError } from "../errors.ts";
import { isQueueName } from "../queue-name.ts";
import { isUuid7 } from "../uuid7.ts";

/** A channel. */
export type Channel =
  | { readonly kind: "job"; readonly name: string }
  | { readonly kind: "queue"; readonly name: string }
  | { readonly kind: "all" };

/** How the channel is written. */
export function channelName(channel: Channel): string {
  return channel.kind === "all" ? "all" : `${channel.kind}:${channel.name}`;
}

/**
 * Reads a channel.
 *
 * @throws OjsError `invalid_request` when it is none, and `not_found` for what cannot be the id of a job.
 */
export function readChannel(text: string): Channel {
  // ojs-events §6.2 calls everything so.
  if (text === "all" || text === "events") return { kind: "all" };
  const [kind, name = ""] = split(text);
  if (kind === "queue" && isQueueName(name)) return { kind, name };
  if (kind === "job" && isUuid7(name)) return { kind, name };
  if (kind === "job" && name !== "") {
    throw ojsError("not_found", `There is no job ${name.slice(0, 100)}.`, { details: { resource_type: "job" } });
  }
  throw ojsError("invalid_request", "The channel must be 'job:ID', 'queue:NAME' or 'all'.", {
    details: { field: "channel", expected: "job:ID, queue:NAME or all" },
  });
}

function split(text: string): readonly string[] {
  const colon = text.indexOf(":");
  return colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}
