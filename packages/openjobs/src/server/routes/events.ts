/** The event log for clients that poll (ojs-events §6.4). */
import { encodeEvent } from "../../core/events.ts";
import { stringifyJson } from "../../core/json.ts";
import type { Engine, EventQuery } from "../../engine/facade.ts";
import { readEventFilter } from "../event-filter.ts";
import { readCount } from "../paging.ts";
import { ok, type Route } from "../route.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** `GET /ojs/v1/events`. */
export function eventRoutes(engine: Engine): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/ojs/v1/events",
      describe: {
        tag: "Events",
        summary: "Read the log of events",
        query: ["after", "limit", "types", "event_types", "queues", "queue", "job_types"],
        answers: { 200: "EventPage" },
      },
      run({ query }) {
        const { events, cursor, hasMore, gap } = engine.listEvents(readQuery(new URLSearchParams(query)));
        const list = events.map(encodeEvent).join(",");
        const rest = stringifyJson({ cursor: cursor ?? "", has_more: hasMore, gap });
        return ok(`{"events":[${list}],${rest.slice(1)}`);
      },
    },
  ];
}

function readQuery(query: URLSearchParams): EventQuery {
  const after = query.get("after") ?? "";
  return {
    limit: Math.min(readCount(query, "limit", 1) ?? DEFAULT_LIMIT, MAX_LIMIT),
    ...(after === "" ? {} : { after }),
    ...readEventFilter(query),
  };
}
