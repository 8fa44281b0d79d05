/** The work behind subscriptions: one stream, read as events. Loaded with the first subscription. */
import { onAbort } from "../../core/abort-listeners.ts";
import { OjsNotFoundError } from "../../core/errors.ts";
import { getJobCall } from "../calls/jobs.ts";
import { getDefinedJob } from "../defined-job.ts";
import type { Requester } from "../requester.ts";
import { type EventStreamRequest, eventStream, type StreamItem } from "./event-stream.ts";
import { isEndOf, isFinal } from "./job-end.ts";
import { clientGap, type LiveEvent, readLiveEvent } from "./live-event.ts";
import { type Listening, type ListenOptions, passes, type Wanted, wantedOf } from "./wanted.ts";

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
  listening: Listening,
  options: ListenOptions,
  { closing, opened }: Subscriber,
): AsyncGenerator<LiveEvent, void> {
  const wanted = wantedOf(listening, options);
  const isWanted = passes(options);
  const stop = new AbortController();
  const stopListening = [closing, options.signal].map((signal) => {
    if (signal?.aborted) stop.abort(signal.reason);
    return onAbort(signal, () => stop.abort(signal?.reason));
  });
  try {
    await requireType(requester, wanted, stop.signal);
    const request = requestOf(requester, wanted, options.after);
    for await (const item of eventStream(requester.options, request, stop.signal)) {
      if (item.kind === "opened") opened();
      const event = eventOf(item);
      if (event === undefined) continue;
      if (isWanted(event)) yield event;
      if (wanted.jobId !== undefined && isEndOf(wanted.jobId, event)) return;
    }
  } finally {
    for (const stopOne of stopListening) stopOne();
  }
}

function eventOf(item: StreamItem): LiveEvent | undefined {
  if (item.kind === "message") return readLiveEvent(item.message);
  return item.isGap ? clientGap("reconnected") : undefined;
}

async function requireType(
  requester: Requester,
  { operation, definition, jobId }: Wanted,
  signal: AbortSignal,
): Promise<void> {
  if (definition === undefined || jobId === undefined) return;
  await getDefinedJob(requester, operation, [definition, jobId], { signal });
}

function requestOf(
  requester: Requester,
  { operation, path, jobId }: Wanted,
  after: string | undefined,
): EventStreamRequest {
  const place = { lastId: after ?? "" };
  if (jobId === undefined) return { operation, path, place };
  // Which may be news: a filter can hold back the event that says so, and connections end for other reasons, too.
  return { operation, path, jobId, place, isOver: () => hasEnded(requester, jobId) };
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
