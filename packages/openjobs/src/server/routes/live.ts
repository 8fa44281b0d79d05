/** Live events (ojs-realtime §2): of a job, of a queue, or of the channels that a client names. */
import { ojsError } from "../../core/errors.ts";
import { type Channel, readChannel } from "../../core/live/channel.ts";
import type { Engine } from "../../engine/facade.ts";
import type { Drain } from "../drain.ts";
import { readEventFilter } from "../event-filter.ts";
import { fieldError } from "../fields.ts";
import { sseAnswer } from "../live/sse-answer.ts";
import { readList } from "../paging.ts";
import type { Answer, Route, RouteRequest } from "../route.ts";
import { jobIdOf } from "./job-id.ts";
import { queueNameOf } from "./queue-name.ts";

/** Channels on one connection; as many ids of jobs fit into the head of a request. */
const MAX_CHANNELS = 300;

const EVENT_STREAM = {
  media: "text/event-stream",
  description: "Events as they happen, until the jobs that are listened to have ended or the connection does.",
};

/** The streams of events. */
export function liveRoutes(engine: Engine, drain: Drain): readonly Route[] {
  const listen = async (request: RouteRequest, channels: readonly Channel[]): Promise<Answer> => {
    if (drain.draining) throw closing();
    const after = request.headers["last-event-id"] ?? "";
    const filter = readEventFilter(new URLSearchParams(request.query));
    const subscription = await engine.subscribe({ channels, filter, ...(after === "" ? {} : { after }) });
    return sseAnswer(subscription);
  };
  return [
    stream("/ojs/v1/jobs/:id/events", "Listen to a job", (request) =>
      listen(request, [{ kind: "job", name: jobIdOf(request) }]),
    ),
    stream("/ojs/v1/queues/:name/events", "Listen to a queue", (request) =>
      listen(request, [{ kind: "queue", name: queueNameOf(request) }]),
    ),
    // Where the SDKs in Rust and JavaScript look for both.
    stream("/ojs/v1/events/stream", "Listen to channels", (request) =>
      listen(request, readChannels(new URLSearchParams(request.query))),
    ),
  ];
}

function stream(path: string, summary: string, run: Route["run"]): Route {
  const ofChannels = path.includes(":") ? [] : (["channel"] as const);
  return {
    method: "GET",
    path,
    streams: true,
    describe: {
      tag: "Events",
      summary,
      query: [...ofChannels, "event_types", "types", "queues", "queue", "job_types"],
      headers: ["Last-Event-ID"],
      answers: { 200: EVENT_STREAM, 204: "nothing" },
      errors: [429],
    },
    run,
  };
}

function readChannels(query: URLSearchParams): readonly Channel[] {
  const names = [...new Set(readList(query, "channel", "channels") ?? ["all"])];
  if (names.length > MAX_CHANNELS) throw fieldError("channel", `at most ${MAX_CHANNELS} channels`);
  return names.map(readChannel);
}

function closing(): Error {
  return ojsError("backend_error", "The server is closing.", {
    hint: "Listen to another server, or to this one later.",
  });
}
