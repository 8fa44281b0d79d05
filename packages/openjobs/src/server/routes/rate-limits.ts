/** Limits that jobs share (ojs-rate-limiting §10). */
import { formatIsoDuration } from "../../core/duration.ts";
import { stringifyJson } from "../../core/json.ts";
import { LIMITS } from "../../core/limits.ts";
import { isRateLimitKey, type Pace } from "../../core/rate-limit.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Engine } from "../../engine/facade.ts";
import type { SeenKey } from "../../engine/rate-limit-engine.ts";
import { fieldError } from "../fields.ts";
import { ok, type Route, type RouteRequest } from "../route.ts";

/** `GET /ojs/v1/rate-limits/{key}`. */
export function rateLimitRoute(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/rate-limits/:key",
    describe: { tag: "Queues", summary: "Look at a limit that jobs share", answers: { 200: "RateLimitState" } },
    run: async (request) => ok(stringifyJson(encode(await engine.getRateLimit(keyOf(request))))),
  };
}

function keyOf({ params }: RouteRequest): string {
  if (isRateLimitKey(params.key)) return params.key;
  throw fieldError("key", `the key of a rate limit, up to ${LIMITS.rateLimitKeyChars} characters`);
}

function encode({ key, active, waiting, waitingIsExact, concurrency, rate, throttle }: SeenKey): object {
  return {
    key,
    active,
    waiting_count: waiting,
    waiting_count_is_exact: waitingIsExact,
    concurrency: concurrency === undefined ? undefined : { ...concurrency, active },
    rate:
      rate === undefined
        ? undefined
        : { ...paceOf(rate), current_count: rate.count, window_resets_at: formatTimestamp(rate.resetsAt) },
    throttle:
      throttle === undefined
        ? undefined
        : { ...paceOf(throttle), next_allowed_at: formatTimestamp(throttle.nextAllowedAt) },
  };
}

function paceOf({ limit, periodMs }: Pace): object {
  return { limit, period: formatIsoDuration(periodMs) };
}
