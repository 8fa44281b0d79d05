/** Calls about the server itself: health, manifest, event log (ojs-http-binding §8, §21; ojs-events §6.4). */
import { decodeEventPage, type EventPage, type EventQuery } from "../../core/codec/event-decode.ts";
import { decodeHealth, decodeManifest, type Health, type Manifest } from "../../core/codec/system-decode.ts";
import { apiPath, type Call, queryString } from "../call.ts";

/** An unhealthy server answers 503 with the same report: that is an answer, not a failure. */
export function healthCall(): Call<Health> {
  return {
    operation: "health",
    method: "GET",
    path: apiPath("health"),
    repeatable: true,
    answerStatus: 503,
    decode: decodeHealth,
  };
}

export function manifestCall(): Call<Manifest> {
  return {
    operation: "manifest",
    method: "GET",
    path: "/ojs/manifest",
    repeatable: true,
    decode: decodeManifest,
  };
}

export function listEventsCall({ after, types, queues, jobTypes, limit }: EventQuery): Call<EventPage> {
  return {
    operation: "listEvents",
    method: "GET",
    path: apiPath("events") + queryString({ after, types, queues, job_types: jobTypes, limit }),
    repeatable: true,
    decode: decodeEventPage,
  };
}
