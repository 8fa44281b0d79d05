/** From the options of a client or a worker to a connection: defaults, environment, transport. */
import { defaultTransport } from "#default-transport";
import type { Clock } from "../core/clock.ts";
import { refuseUnknown } from "../core/codec/enqueue-options-encode.ts";
import type { Duration } from "../core/duration.ts";
import { createUuid7 } from "../core/uuid7.ts";
import { fromEnvironment } from "./environment.ts";
import { commonHeaders } from "./headers.ts";
import type { Logger } from "./logger.ts";
import { readTimeout } from "./read-timeout.ts";
import { type RequestRetryOptions, readRequestRetry } from "./request-retry.ts";
import { Requester } from "./requester.ts";
import { systemClock } from "./system-clock.ts";
import type { Transport } from "./transport.ts";

/** How a client or a worker reaches its server. */
export interface ConnectionOptions {
  /**
   * Address of the server, with a path prefix if it has one. Default: `OJS_URL`, then `OJS_BACKEND_URL`, then
   * `http://localhost:8080`.
   */
  readonly url?: string;
  /** Another way to reach a server, such as `server.transport` of a server in this process. `url` is then ignored. */
  readonly transport?: Transport;
  /** Sent as `Authorization: Bearer …`. Default: `OJS_API_KEY`, then `OJS_AUTH_TOKEN`. */
  readonly apiKey?: string;
  /** Further headers for every request; they replace ours of the same name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest wait for one answer. Default 30 s. */
  readonly timeout?: Duration;
  /** Longest time for a whole call, retries and pauses included. Default 2 minutes. */
  readonly totalTimeout?: Duration;
  /** How requests that failed are sent again; `false` = never. */
  readonly retry?: RequestRetryOptions | false;
  /** Hears of requests that are sent again. Default: nobody. `console` fits. */
  readonly logger?: Logger;
}

/** Time and chance, for tests that hold them in their hand. */
export interface ConnectionDeps {
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
  /** Makes UUIDv7s. */
  readonly newId?: () => string;
}

/** An open way to a server. */
export interface Connection {
  readonly requester: Requester;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Lets go of idle connections, unless the transport was the caller's own: then others may be using it. */
  close(): Promise<void>;
}

/** Those of clients too: what all of them have in common is looked at here. */
const OPTION_NAMES: Readonly<Record<keyof ConnectionOptions | "coalesce", 1>> = {
  url: 1,
  transport: 1,
  apiKey: 1,
  headers: 1,
  timeout: 1,
  totalTimeout: 1,
  retry: 1,
  logger: 1,
  coalesce: 1,
};

const DEFAULT_URL = "http://localhost:8080";
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_TOTAL_TIMEOUT_MS = 120_000;

/**
 * Prepares a connection; nothing is sent yet.
 *
 * @throws OjsValidationError when an option cannot work.
 */
export function connect(options: ConnectionOptions, deps: ConnectionDeps = {}): Connection {
  refuseUnknown(options, OPTION_NAMES, "");
  const transport = options.transport ?? defaultTransport({ url: urlOf(options) });
  const clock = deps.clock ?? systemClock;
  const newId = deps.newId ?? createUuid7({ now: () => clock.now(), random: fillWithRandom });
  const apiKey = options.apiKey ?? fromEnvironment("OJS_API_KEY", "OJS_AUTH_TOKEN");
  const requester = new Requester({
    transport,
    headers: commonHeaders(apiKey, options.headers),
    timeoutMs: readTimeout("timeout", options.timeout) ?? DEFAULT_TIMEOUT_MS,
    totalTimeoutMs: readTimeout("totalTimeout", options.totalTimeout) ?? DEFAULT_TOTAL_TIMEOUT_MS,
    retry: readRequestRetry(options.retry),
    logger: options.logger,
    clock,
    random: deps.random ?? Math.random,
    newId,
  });
  const owned = options.transport === undefined;
  return { requester, clock, newId, close: async () => (owned ? transport.close?.() : undefined) };
}

function urlOf(options: ConnectionOptions): string {
  return options.url ?? fromEnvironment("OJS_URL", "OJS_BACKEND_URL") ?? DEFAULT_URL;
}

function fillWithRandom(bytes: Uint8Array): void {
  bytes.set(crypto.getRandomValues(new Uint8Array(bytes.length)));
}
