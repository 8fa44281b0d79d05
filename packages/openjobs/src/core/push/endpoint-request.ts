/** Reads who wants to be called with jobs (ojs-serverless §2.1). Where the URL may lead is for the server to say. */
import type { JsonObject } from "../json-object.ts";
import { DEFAULTS, LIMITS } from "../limits.ts";
import { findMember, integerOf, isMembers, type Members, refused, stringsOf } from "../request-fields.ts";
import { readSecret, readTargetUrl } from "../webhook/target-request.ts";
import type { PushTerms } from "./endpoint.ts";

/** An endpoint to be. */
export interface NewPushEndpoint extends PushTerms {
  /** Absent = the server makes one. */
  readonly secret: string | undefined;
}

/** What of an endpoint is to be different. */
export type PushChange = Partial<PushTerms & { readonly secret: string }>;

/** The body of `POST /push/endpoints`. */
export function readNewPushEndpoint(body: JsonObject): NewPushEndpoint {
  const config = configOf(body);
  return {
    endpoint: readTargetUrl(body.endpoint, "endpoint"),
    queues: readQueues(body),
    jobTypes: readTypes(body),
    maxConcurrency: readInteger(config, "max_concurrency", LIMITS.pushConcurrency) ?? DEFAULTS.pushConcurrency,
    timeoutMs: readInteger(config, "timeout_ms", LIMITS.pushTimeoutMs) ?? DEFAULTS.pushTimeoutMs,
    active: readActive(body.active ?? true),
    secret: readSecret(config.signing_secret, "config.signing_secret"),
  };
}

/** The body of `PATCH /push/endpoints/{id}`: members that are named replace what was there. */
export function readPushChange(body: JsonObject): PushChange {
  const config = configOf(body);
  const maxConcurrency = readInteger(config, "max_concurrency", LIMITS.pushConcurrency);
  const timeoutMs = readInteger(config, "timeout_ms", LIMITS.pushTimeoutMs);
  const secret = readSecret(config.signing_secret, "config.signing_secret");
  const change: PushChange = {
    ...(body.endpoint === undefined ? {} : { endpoint: readTargetUrl(body.endpoint, "endpoint") }),
    ...(body.queues === undefined ? {} : { queues: readQueues(body) }),
    ...(body.job_types === undefined ? {} : { jobTypes: readTypes(body) }),
    ...(body.active === undefined ? {} : { active: readActive(body.active) }),
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(secret === undefined ? {} : { secret }),
  };
  if (Object.keys(change).length > 0) return change;
  throw refused("", "must name at least one of endpoint, queues, job_types, active, or a member of config");
}

function configOf(body: JsonObject): Members {
  const config = body.config ?? {};
  if (isMembers(config)) return config;
  throw refused("config", "must be an object with max_concurrency, timeout_ms, signing_secret");
}

/** Whole queues are what a server hands out of, so they have to be named. */
function readQueues(body: JsonObject): readonly string[] {
  const queues = stringsOf(findMember(body, "queues", ""), LIMITS.pushNames, LIMITS.queueChars);
  if (queues.length > 0) return [...new Set(queues)];
  throw refused("queues", "must name at least one queue");
}

function readTypes(body: JsonObject): readonly string[] | null {
  const found = findMember(body, "job_types", "");
  if (found.value === null) return null;
  const types = stringsOf(found, LIMITS.pushNames, LIMITS.typeChars);
  if (types.length > 0) return [...new Set(types)];
  throw refused("job_types", "must name at least one type; leave it out for all");
}

function readActive(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw refused("active", "must be a boolean");
}

function readInteger(config: Members, name: string, max: number): number | undefined {
  const found = findMember(config, name, "config");
  return found.value === null ? undefined : integerOf(found, 1, max);
}
