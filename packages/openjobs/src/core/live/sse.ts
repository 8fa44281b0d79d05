/** Live events as text of an event stream (ojs-realtime §2.3), with line feeds only: a CR is data to the Rust SDK. */
import type { LiveEvent } from "./live-event.ts";

/**
 * What a stream begins with: how long to wait before coming back, in milliseconds, and where it begins, so that whoever comes
 * back before its first event has missed nothing. Without data it is no event.
 */
export function encodeSseBeginning(id: string | undefined): string {
  return id === undefined ? "retry: 3000\n\n" : `retry: 3000\nid: ${id}\n\n`;
}

/** A sign of life for proxies that end connections on which nothing moves. */
export const SSE_HEARTBEAT = ":heartbeat\n\n";

/** One event. Ids, types and data are each one line of ASCII. */
export function encodeSse({ id, type, data, dropped }: LiveEvent): string {
  const comment = dropped === undefined ? "" : `:events-dropped ${dropped.count}\n\n`;
  return `${comment}id: ${id}\nevent: ${type}\ndata: ${data}\n\n`;
}
