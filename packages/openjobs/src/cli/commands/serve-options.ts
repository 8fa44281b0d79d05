/** Options of `ojs serve`: flags win over environment variables, which win over defaults. */
import { parseArgs } from "node:util";
import type { JobLogging, Retention, WebhookOptions } from "../../server/index.ts";
import { type Environment, isOn, list, variable } from "../environment.ts";
import { UsageError } from "../usage-error.ts";
import { POSTGRES_HELP, type PostgresSettings, postgresFlags, readPostgresFlags } from "./postgres-flags.ts";
import { RETENTION_HELP, readRetentionFlags, retentionFlags } from "./retention-flags.ts";
import type { Synchronous } from "./storage-location.ts";
import { readWebhookFlags, WEBHOOK_HELP, webhookFlags } from "./webhook-flags.ts";

/** What to serve, and how. */
export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly storage: string;
  readonly synchronous: Synchronous;
  readonly postgres: PostgresSettings;
  readonly retention: Retention;
  readonly webhooks: Required<WebhookOptions>;
  readonly apiKey: string | undefined;
  readonly insecure: boolean;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly logLevel: string;
  readonly jobLog: JobLogging;
  readonly labs: boolean;
  readonly testHooks: boolean;
}

/** The text of `ojs serve --help`. */
export const SERVE_HELP: string = `ojs serve: run a job server

Usage: ojs serve [options]

Options                     Variable               Default
  --port NUMBER             OJS_PORT, PORT         8080; 0 picks a free one
  --host HOST               OJS_HOST               127.0.0.1
  --storage LOCATION        OJS_STORAGE            sqlite:ojs.db
                            memory:, sqlite:FILE or postgres://USER:PASSWORD@HOST:PORT/DATABASE
                            (with a password, prefer the variable)
  --sync full|normal        OJS_SYNC               full: SQLite survives a loss of power;
                                                   normal is faster and survives crashes only
${POSTGRES_HELP}
${RETENTION_HELP}
${WEBHOOK_HELP}
  --api-key KEY             OJS_API_KEY            none; needed beyond loopback. Prefer the
                                                   variable: other users can see arguments
  --insecure                OJS_INSECURE=1         off; listen beyond loopback without a key
  --allow-host NAME         OJS_ALLOWED_HOSTS      none; names that a proxy passes on in Host
  --allow-origin ORIGIN     OJS_ALLOWED_ORIGINS    none; web pages that may use the server
  --log-level LEVEL         OJS_LOG_LEVEL          info; debug has a line for every request
  --log-jobs WHICH          OJS_LOG_JOBS           failures; all has lines for every job, none for none
  --no-labs                 OJS_LABS=0             without the routes for trying out
  --help

The first line on stdout is "listening on http://HOST:PORT". Logs are JSON lines on stderr.
SIGTERM or SIGINT finishes running requests and exits 0; a second one stops at once.
`;

const flags = {
  port: { type: "string" },
  host: { type: "string" },
  storage: { type: "string" },
  sync: { type: "string" },
  ...postgresFlags,
  ...retentionFlags,
  ...webhookFlags,
  "api-key": { type: "string" },
  insecure: { type: "boolean" },
  "allow-host": { type: "string", multiple: true },
  "allow-origin": { type: "string", multiple: true },
  "log-level": { type: "string" },
  "log-jobs": { type: "string" },
  "no-labs": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Reads the options; `help` when they ask for it. Throws a UsageError for what cannot be understood. */
export function readServeOptions(args: readonly string[], env: Environment): ServeOptions | "help" {
  const given = parse(args);
  if (given.help === true) return "help";
  return {
    port: readPort(given.port ?? variable(env, "OJS_PORT", "PORT") ?? "8080"),
    host: given.host ?? variable(env, "OJS_HOST") ?? "127.0.0.1",
    storage: given.storage ?? variable(env, "OJS_STORAGE") ?? "sqlite:ojs.db",
    synchronous: readSynchronous(given.sync ?? variable(env, "OJS_SYNC") ?? "full"),
    postgres: readPostgresFlags(given, env),
    retention: readRetentionFlags(given, env),
    webhooks: readWebhookFlags(given, env),
    apiKey: readApiKey(given["api-key"] ?? env.OJS_API_KEY),
    insecure: given.insecure ?? isOn(env, "OJS_INSECURE"),
    allowedHosts: given["allow-host"] ?? list(env, "OJS_ALLOWED_HOSTS"),
    allowedOrigins: given["allow-origin"] ?? list(env, "OJS_ALLOWED_ORIGINS"),
    logLevel: readLogLevel(given["log-level"] ?? variable(env, "OJS_LOG_LEVEL") ?? "info"),
    jobLog: readJobLog(given["log-jobs"] ?? variable(env, "OJS_LOG_JOBS") ?? "failures"),
    labs: given["no-labs"] !== true && variable(env, "OJS_LABS") !== "0",
    testHooks: isOn(env, "OJS_TEST_HOOKS"),
  };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof flags }>>["values"] {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError("--port must be a number from 0 to 65535.");
}

function readSynchronous(text: string): Synchronous {
  if (text === "full" || text === "normal") return text;
  throw new UsageError("--sync must be full or normal.");
}

/** A variable that is set but empty is a mistake, and would leave the server open. */
function readApiKey(key: string | undefined): string | undefined {
  if (key === undefined || key.trim() !== "") return key;
  throw new UsageError("the API key is empty; unset OJS_API_KEY to serve without one.");
}

function readLogLevel(text: string): string {
  const level = text.toLowerCase();
  if (LOG_LEVELS.includes(level)) return level;
  throw new UsageError(`--log-level must be one of ${LOG_LEVELS.join(", ")}.`);
}

function readJobLog(text: string): JobLogging {
  if (text === "all" || text === "failures" || text === "none") return text;
  throw new UsageError("--log-jobs must be all, failures or none.");
}
