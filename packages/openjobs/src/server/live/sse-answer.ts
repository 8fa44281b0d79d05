/** Live events as a stream of server-sent events (ojs-realtime §2). */
import { encodeSse, encodeSseBeginning, SSE_HEARTBEAT } from "../../core/live/sse.ts";
import type { Receiver, Subscription } from "../../engine/live/live-engine.ts";
import type { Answer } from "../route.ts";
import type { Outlet } from "../stream.ts";

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  // What nginx would collect, nobody would see.
  "x-accel-buffering": "no",
};

/** A 204 tells browsers not to come back for a job that has ended. */
const NOTHING_LEFT: Answer = { status: 204, body: undefined };

/** The answer to somebody who wants to listen. */
export function sseAnswer(subscription: Subscription): Answer {
  if (subscription.isOver) return NOTHING_LEFT;
  return {
    status: 200,
    body: undefined,
    headers: HEADERS,
    stream(outlet) {
      outlet.write(encodeSseBeginning(subscription.place));
      const listening = subscription.begin(receiverOf(outlet));
      return { drained: () => listening.ready(), closed: () => listening.leave() };
    },
  };
}

function receiverOf(outlet: Outlet): Receiver {
  return {
    take: (batch) => outlet.write(batch.as(encodeSse)),
    beat: () => void outlet.write(SSE_HEARTBEAT),
    end: () => outlet.end(),
    cut: () => outlet.cut(),
  };
}
