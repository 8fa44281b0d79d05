/** Fetch: claim jobs, waiting for them if asked to (ojs-http-binding §10.1, design 3.6). */

import { encodeJob } from "../../core/codec/job-encode.ts";
import type { HandedJob } from "../../core/handed-job.ts";
import type { JobRecord, JsonText } from "../../core/job.ts";
import { isJsonObject, type JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import { isQueueName } from "../../core/queue-name.ts";
import type { Engine, FetchRequest } from "../../engine/facade.ts";
import type { Drain } from "../drain.ts";
import { fieldError, optionalInteger, optionalName } from "../fields.ts";
import { ok, type Route, type RouteRequest } from "../route.ts";
import { tenantIn } from "../tenant-header.ts";

/** More queues than a worker can sensibly serve; each costs a look at every fetch. */
const MAX_QUEUES = 1_000;

/** Claimed jobs on their way to a worker. */
export interface Handout {
  /** As they stand in the answer, with commas between them. */
  readonly text: string;
  readonly jobs: readonly JobRecord[];
  /** To be called when the answer is lost. */
  readonly undelivered: () => void;
}

/** What hands out jobs, for the routes that do. */
export interface JobCounter {
  /** Claims, parked if the request says so. */
  claim(wanted: FetchRequest, request: RouteRequest): Promise<readonly HandedJob[]>;
  /** Makes the answer's jobs; what does not fit goes back. */
  pack(claimed: readonly HandedJob[]): Handout;
}

/** `failed` hears about leases that could not be given back. */
export function createJobCounter(engine: Engine, drain: Drain, failed: (error: unknown) => void): JobCounter {
  const release = (jobs: readonly JobRecord[]): void => {
    if (jobs.length > 0) engine.release(jobs).catch(failed);
  };
  return {
    async claim(wanted, request) {
      // A server that is going away hands out nothing that it would only have to take back.
      if (drain.draining) return [];
      const own = ofTenant(wanted, tenantIn(request));
      return own.waitMs === 0 ? engine.fetch(own) : fetchParked(engine, drain, own, request);
    },
    pack(claimed) {
      const texts = encodeFitting(claimed);
      const jobs = claimed.slice(0, texts.length);
      release(claimed.slice(texts.length));
      return { text: texts.join(","), jobs, undelivered: () => release(jobs) };
    },
  };
}

/** `POST /ojs/v1/workers/fetch`. */
export function fetchRoute(counter: JobCounter): Route {
  return {
    method: "POST",
    path: "/ojs/v1/workers/fetch",
    readsBody: true,
    describe: {
      tag: "Workers",
      summary: "Fetch jobs to run",
      headers: ["X-OJS-Tenant"],
      body: "FetchRequest",
      answers: { 200: "FetchedJobs" },
    },
    async run(request) {
      const { body } = request;
      const wanted = readFetch(body, optionalName(body, "worker_id"));
      const { text, ...handout } = counter.pack(await counter.claim(wanted, request));
      return ok(`{"jobs":[${text}]}`, handout);
    },
  };
}

/** As many jobs as one answer can hold, at least one: a thousand jobs of a megabyte fit into no string. */
function encodeFitting(jobs: readonly HandedJob[]): readonly JsonText[] {
  const texts: JsonText[] = [];
  let size = 0;
  for (const job of jobs) {
    const text = encodeJob(job);
    size += text.length;
    if (size > LIMITS.bodyBytes && texts.length > 0) break;
    texts.push(text);
  }
  return texts;
}

/** Answers `[]` when the wait is over, the client has gone or the server is going. */
async function fetchParked(
  engine: Engine,
  drain: Drain,
  wanted: FetchRequest,
  request: RouteRequest,
): Promise<readonly HandedJob[]> {
  const { signal, leave } = drain.park(request.signal);
  try {
    return await engine.fetch({ ...wanted, signal });
  } finally {
    leave();
  }
}

/** The jobs of the tenant that the request names, if it names one. */
function ofTenant(wanted: FetchRequest, tenant: string | undefined): FetchRequest {
  return tenant === undefined ? wanted : { ...wanted, choice: { ...wanted.choice, tenant } };
}

/** Reads what this worker wants. */
export function readFetch(body: JsonObject, workerId: string | undefined): FetchRequest {
  const count = optionalInteger(body, "count", { min: 1 }) ?? 1;
  const waitMs = optionalInteger(body, "wait_ms", { min: 0 }) ?? 0;
  return {
    queues: readQueues(body),
    count: Math.min(count, LIMITS.fetchCountMax),
    workerId: workerId ?? null,
    visibilityMs: optionalInteger(body, "visibility_timeout_ms", { min: 1, max: LIMITS.timeoutMs }) ?? null,
    waitMs: Math.min(waitMs, LIMITS.waitMaxMs),
    ...(body.runtime === undefined ? {} : choiceOf(body.runtime)),
  };
}

/** Tags that are not there are no condition: a runtime without any says `[]`. */
function choiceOf(runtime: unknown): Pick<FetchRequest, "choice"> {
  if (runtime === null) return {};
  const { tags }: JsonObject = isJsonObject(runtime) ? runtime : { tags: runtime };
  if (tags === undefined || tags === null) return {};
  if (Array.isArray(tags) && tags.length <= LIMITS.tags && tags.every(isText)) return { choice: { runtimeTags: tags } };
  throw fieldError("runtime.tags", `an array of at most ${LIMITS.tags} strings`);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function readQueues({ queues }: JsonObject): readonly string[] {
  if (Array.isArray(queues) && queues.length > 0 && queues.length <= MAX_QUEUES && queues.every(isQueueName)) {
    return [...new Set<string>(queues)];
  }
  throw fieldError("queues", `a non-empty array of at most ${MAX_QUEUES} queue names`);
}
