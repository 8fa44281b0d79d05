/** The work behind subscriptions: one stream, read as events. Loaded with the first subscription. */
import { onAbort } from "../../core/abort-listeners.ts";
import { OjsNotFoundError } from "../../core/errors.ts";
import { getJobCall } from "../calls/jobs.ts";
import type { Requester } from "../requester.ts";
import { type EventStreamRequest, eventStream } from "./event-stream.ts";
import { isEndOf, isFinal } from "./job-end.ts";
import { clientGap, type LiveEvent, readLiveEvent } from "./live-event.ts";
import type { StreamCall } from "./open-stream.ts";

/** What somebody subscribes to. */
export interface Wanted extends StreamCall {
  readonly after: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Who wants to know how it goes. */
export interface Subscriber {
  /** Aborted when nobody wants more events. */
  readonly closing: AbortSignal;
  /** Called when the server listens to us, the first time and after each break. */
  readonly opened: () => void;
}

/**
 * The events until the job that is subscribed to has ended, or somebody stops it.
 *
 * @throws OjsError when the server refuses, and `aborted`.
 */
export async function* liveEvents(
  requester: Requester,
  wanted: Wanted,
  { closing, opened }: Subscriber,
): AsyncGenerator<LiveEvent, void> {
  const stop = new AbortController();
  const stopListening = [closing, wanted.signal].map((signal) => {
    if (signal?.aborted) stop.abort(signal.reason);
    return onAbort(signal, () => stop.abort(signal?.reason));
  });
  try {
    for await (const item of eventStream(requester.options, requestOf(requester, wanted), stop.signal)) {
      if (item.kind === "opened") opened();
      const event =
        item.kind === "message" ? readLiveEvent(item.message) : item.isGap ? clientGap("reconnected") : undefined;
      if (event !== undefined) yield event;
      if (event !== undefined && wanted.jobId !== undefined && isEndOf(wanted.jobId, event)) return;
    }
  } finally {
    for (const stopOne of stopListening) stopOne();
  }
}

function requestOf(requester: Requester, { after = "", jobId, ...call }: Wanted): EventStreamRequest {
  const place = { lastId: after };
  if (jobId === undefined) return { ...call, place };
  // Which may be news: a filter can hold back the event that says so, and connections end for other reasons, too.
  return { ...call, jobId, place, isOver: () => hasEnded(requester, jobId) };
}

async function hasEnded(requester: Requester, jobId: string): Promise<boolean> {
  try {
    return isFinal((await requester.run(getJobCall(jobId))).state);
  } catch (error) {
    // Whoever has removed it had to wait for its end.
    if (error instanceof OjsNotFoundError) return true;
    throw error;
  }
}
