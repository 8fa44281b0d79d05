/** Heartbeats: a worker says that it lives and which jobs it holds (ojs-http-binding §10.4, ojs-worker-protocol §4). */
import { stringifyJson } from "../../core/json.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatTimestamp, parseTimestamp } from "../../core/time.ts";
import { isUuid7 } from "../../core/uuid7.ts";
import type { Engine } from "../../engine/facade.ts";
import type { Beat, WorkerRecord } from "../../storage/storage.ts";
import { fieldError, isName, optionalInteger, requiredName } from "../fields.ts";
import { ok, type Route } from "../route.ts";

/** More than any process can run; bounds what one request may ask of the storage. */
const MAX_JOBS = 10_000;

/** As many queues or labels of a worker are remembered. */
const MAX_NAMES = 100;

/** `POST /ojs/v1/workers/heartbeat`. */
export function heartbeatRoute(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/workers/heartbeat",
    readsBody: true,
    describe: {
      tag: "Workers",
      summary: "Say that a worker lives and what it runs",
      body: "HeartbeatRequest",
      answers: { 200: "HeartbeatAnswer" },
    },
    async run({ body }) {
      const listed = readListed(body);
      const answer = await engine.heartbeat(readBeat(body, listed, engine.now()));
      const unknown = listed.filter(({ id }) => !isUuid7(id)).map(({ id }) => id);
      return ok(
        stringifyJson({
          acknowledged: true,
          state: answer.state,
          // openapi's name for the same; it calls "carry on" the empty string.
          directive: answer.state === "running" ? "" : answer.state,
          jobs_extended: answer.extended,
          lost: [...answer.lost, ...unknown],
          cancelled: answer.cancelled,
          server_time: formatTimestamp(answer.serverTime),
        }),
        { jobs: listed },
      );
    },
  };
}

interface Listed {
  readonly id: string;
  readonly lease?: number;
}

function readBeat(body: JsonObject, listed: readonly Listed[], now: number): Beat {
  const visibilityMs = optionalInteger(body, "visibility_timeout_ms", { min: 1, max: LIMITS.timeoutMs });
  const worker = readWorker(body, listed.length, now);
  return {
    worker,
    // What is no id of a job cannot be held; it is reported as lost without asking the storage.
    jobs: listed.filter(({ id }) => isUuid7(id)),
    ...(visibilityMs === undefined ? {} : { visibilityMs }),
    leaving: worker.state === "terminate" && worker.activeJobs === 0,
  };
}

/**
 * The jobs that the worker holds. The Rust and Python SDKs send ids in `active_jobs`; JS and Go send a number there and
 * the ids in `active_job_ids`. `leases` is ours and runs parallel to the ids, null where a lease is not known.
 */
function readListed(body: JsonObject): readonly Listed[] {
  const field = Array.isArray(body.active_jobs) ? "active_jobs" : "active_job_ids";
  const ids = body[field] ?? [];
  if (!Array.isArray(ids) || ids.length > MAX_JOBS || !ids.every(isName)) {
    throw fieldError(field, `an array of at most ${MAX_JOBS} job ids`);
  }
  const leases = readLeases(body, ids.length);
  return ids.map((id, index) => {
    const lease = leases[index] ?? undefined;
    return lease === undefined ? { id } : { id, lease };
  });
}

function readLeases(body: JsonObject, length: number): readonly (number | null)[] {
  const leases = body.leases ?? [];
  const isLease = (value: unknown): value is number | null => value === null || Number.isSafeInteger(value);
  if (Array.isArray(leases) && (leases.length === 0 || leases.length === length) && leases.every(isLease)) {
    return leases;
  }
  throw fieldError("leases", "an array of integers, as long as the list of jobs");
}

/** Facts for the registry. What cannot be used counts as absent: a refused heartbeat would cost the worker its leases. */
function readWorker(body: JsonObject, listed: number, now: number): WorkerRecord {
  const startedAt = typeof body.started_at === "string" ? parseTimestamp(body.started_at) : undefined;
  return {
    id: requiredName(body, "worker_id"),
    state: readState(body.state),
    lastBeatAt: now,
    startedAt: Math.min(startedAt ?? now, now),
    hostname: isName(body.hostname) ? body.hostname : null,
    pid: count(body.pid),
    queues: names(body.queues),
    labels: names(body.labels),
    concurrency: count(body.concurrency),
    activeJobs: readActive(body.active_jobs) ?? listed,
  };
}

/** `active_jobs` as the number that JS and Go send; undefined when it is the list itself. */
function readActive(value: unknown): number | undefined {
  if (value === undefined || value === null || Array.isArray(value)) return undefined;
  const active = count(value);
  if (active === null) throw fieldError("active_jobs", "an array of job ids or an integer");
  return active;
}

/** `drain` is the official cases' word: it finishes what it has and takes nothing, as a quiet worker does. */
function readState(value: unknown): WorkerRecord["state"] {
  if (value === "drain") return "quiet";
  return value === "quiet" || value === "terminate" ? value : "running";
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isName).slice(0, MAX_NAMES) : [];
}
