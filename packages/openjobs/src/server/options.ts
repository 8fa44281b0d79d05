/** What a server can be told, and what it does when it is told nothing. */
import type { Clock } from "../core/clock.ts";
import { LIMITS } from "../core/limits.ts";
import { type Retention, type RetentionTimes, readRetention } from "../core/retention.ts";
import { LIVE_LIMITS } from "../engine/live/live.ts";
import type { LiveLimits } from "../engine/live/live-engine.ts";
import { systemClock } from "../engine/system-clock.ts";
import type { Storage } from "../storage/storage.ts";
import type { JobLogging } from "./job-log.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { SenderOptions } from "./webhooks/http-sender.ts";
import type { WebhookTargets } from "./webhooks/target-rules.ts";

/** Options of {@link import("./server.ts").createServer}. All times are in milliseconds. */
export interface ServerOptions {
  /** Where jobs are kept, for example `memory()` or `sqlite("jobs.db")`. The server opens and closes it. */
  readonly storage: Storage;
  /**
   * How long finished jobs are kept before they are removed, by outcome.
   *
   * @example
   * { completed: "24h", discarded: "90d", deadLetters: "forever" }
   */
  readonly retention?: Retention;
  /** The Bearer token that every HTTP request must bring. The in-process transport needs none. */
  readonly apiKey?: string;
  /** Allows to listen beyond loopback without an API key. */
  readonly insecure?: boolean;
  /** Default: says nothing. */
  readonly logger?: Logger;
  /**
   * Which moves of jobs are logged: `failures` (default: failed attempts, jobs given up, timeouts), `all` (two to four lines a
   * job), or `none`. See ojs-logging §8.
   */
  readonly jobLog?: JobLogging;
  /** Origins of web pages that may use the server, such as `https://admin.example.com`. */
  readonly allowedOrigins?: readonly string[];
  /** Host names that a server on loopback answers to besides localhost, for a proxy in front of it. */
  readonly allowedHosts?: readonly string[];
  /** Largest request body in bytes. Default: 16 MiB. */
  readonly maxBodyBytes?: number;
  /** Largest request head in bytes. Default: 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** How long a client may take to send the head of a request. Default: 30 s. */
  readonly headersTimeoutMs?: number;
  /** How long a client may take to send a whole request. Default: 60 s. */
  readonly requestTimeoutMs?: number;
  /** How long an idle connection is kept. Default: 75 s, longer than common proxies keep theirs. */
  readonly keepAliveTimeoutMs?: number;
  /**
   * Whether the routes for trying out are there (receipts, agents), which no page of the specification describes yet and which may
   * change. Default: true.
   */
  readonly labs?: boolean;
  /** Where webhooks may lead, and how long a receiver may take. */
  readonly webhooks?: WebhookOptions;
  /** How many connections may listen to live events. Default: 10,000. */
  readonly maxLiveReaders?: number;
  /** How many events wait for a slow one; beyond it the oldest are dropped, and it is told. Default: 1,000. */
  readonly liveBufferEvents?: number;
  /** For tests: time and timers of the engine. */
  readonly clock?: Clock;
  /** For tests: a number in [0, 1), for jitter. */
  readonly random?: () => number;
  /** Enables the hooks that the official conformance cases need; never in production. */
  readonly testHooks?: boolean;
}

/** What a server does for webhooks (ojs-webhooks §7.3, §8.4). */
export interface WebhookOptions {
  /**
   * `public` (default): HTTPS to addresses on the internet, so that whoever may subscribe cannot reach what is private to this
   * machine. `any`: HTTP, loopback and private networks as well; for tests, and where all who may subscribe are trusted.
   */
  readonly targets?: WebhookTargets;
  /** How long one request may take until it counts as failed, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
}

/** Limits of the HTTP listener. */
export interface HttpLimits {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
}

/** Options with the defaults filled in. */
export interface Settings {
  readonly storage: Storage;
  readonly retention: RetentionTimes;
  readonly apiKey: string | undefined;
  readonly insecure: boolean;
  readonly logger: Logger;
  readonly jobLog: JobLogging;
  readonly labs: boolean;
  readonly allowed: { readonly origins: readonly string[]; readonly hosts: readonly string[] };
  readonly http: HttpLimits;
  readonly webhooks: SenderOptions;
  readonly live: LiveLimits;
  /** Of connections; the engine's may be its store's. */
  readonly clock: Clock;
}

/** Fills in the defaults; throws a TypeError or RangeError for options that cannot be meant. */
export function readOptions(options: ServerOptions): Settings {
  // An empty key is a forgotten environment variable, and would let everybody in.
  if (options.apiKey?.trim() === "") throw new TypeError("apiKey must not be empty; leave it out for none.");
  return {
    storage: options.storage,
    retention: retentionOf(options),
    apiKey: options.apiKey,
    insecure: options.insecure ?? false,
    logger: options.logger ?? silentLogger,
    jobLog: options.jobLog ?? "failures",
    labs: options.labs ?? true,
    allowed: { origins: options.allowedOrigins ?? [], hosts: options.allowedHosts ?? [] },
    http: readLimits(options),
    webhooks: readWebhooks(options.webhooks ?? {}),
    clock: options.clock ?? systemClock,
    live: {
      readers: positive(options, "maxLiveReaders", LIVE_LIMITS.readers),
      waiting: positive(options, "liveBufferEvents", LIVE_LIMITS.waiting),
    },
  };
}

function retentionOf({ retention = {}, storage }: ServerOptions): RetentionTimes {
  try {
    return readRetention(retention, storage.traits.durability !== "none");
  } catch (error) {
    throw new RangeError(`retention: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function readWebhooks({ targets = "public", timeoutMs = 30_000 }: WebhookOptions): SenderOptions {
  if (targets !== "public" && targets !== "any") throw new RangeError('webhooks.targets must be "public" or "any".');
  if (Number.isSafeInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= 60_000) return { targets, timeoutMs };
  throw new RangeError("webhooks.timeoutMs must be an integer from 1 to 60,000.");
}

function readLimits(options: ServerOptions): HttpLimits {
  const requestTimeoutMs = positive(options, "requestTimeoutMs", 60_000);
  return {
    maxBodyBytes: positive(options, "maxBodyBytes", LIMITS.bodyBytes),
    maxHeaderBytes: positive(options, "maxHeaderBytes", 16 * 1_024),
    // Node wants the head to be due no later than the whole.
    headersTimeoutMs: Math.min(positive(options, "headersTimeoutMs", 30_000), requestTimeoutMs),
    requestTimeoutMs,
    keepAliveTimeoutMs: positive(options, "keepAliveTimeoutMs", 75_000),
  };
}

type Counts = keyof HttpLimits | "maxLiveReaders" | "liveBufferEvents";

function positive(options: ServerOptions, name: Counts, fallback: number): number {
  const value = options[name] ?? fallback;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`${name} must be a positive integer.`);
}
