/** Results: a look, or a wait for the end of a job (ojs-results §8). */
import { errorOf } from "../../core/errors.ts";
import type { JobRecord } from "../../core/job.ts";
import { stringifyJson } from "../../core/json.ts";
import { LIMITS } from "../../core/limits.ts";
import { isTerminal } from "../../core/states.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Engine } from "../../engine/facade.ts";
import type { Drain } from "../drain.ts";
import { readCount } from "../paging.ts";
import type { Answer, Route } from "../route.ts";
import { jobIdOf } from "./job-id.ts";

/** Seconds, when a wait names none. */
const USUAL_WAIT_S = 30;

/** `GET /ojs/v1/jobs/:id/result`. */
export function resultRoute(engine: Engine, drain: Drain): Route {
  return {
    method: "GET",
    path: "/ojs/v1/jobs/:id/result",
    describe: {
      tag: "Jobs",
      summary: "Wait for the result of a job",
      query: ["wait", "timeout"],
      answers: { 200: "JobResult", 202: "OpenJob" },
      errors: [408, 429],
    },
    async run(request) {
      const waitMs = readWait(new URLSearchParams(request.query));
      const { signal, leave } = drain.park(request.signal);
      try {
        const job = await engine.awaitEnd({ id: jobIdOf(request), waitMs, signal });
        if (isTerminal(job.state)) return resultOf(job);
        if (waitMs === 0) return stillOpen(job);
        throw waitOver(job);
      } finally {
        leave();
      }
    },
  };
}

/** `wait=true&timeout=30` in seconds; more than the server allows is lowered to that. */
function readWait(query: URLSearchParams): number {
  const wait = query.get("wait") ?? "";
  if (wait === "" || wait === "false" || wait === "0") return 0;
  const seconds = readCount(query, "timeout", 0) ?? USUAL_WAIT_S;
  return Math.min(seconds * 1_000, LIMITS.waitMaxMs);
}

function resultOf(job: JobRecord): Answer {
  const end = job.endedAt === null ? "" : `,"completed_at":"${formatTimestamp(job.endedAt)}"`;
  const last = lastError(job);
  const error = job.state === "discarded" && last !== undefined ? `,"error":${last}` : "";
  const body = `{"job_id":"${job.id}","state":"${job.state}","result":${job.result ?? "null"}${error}${end}}`;
  return { status: 200, body, jobs: [job] };
}

function lastError({ errors }: JobRecord): string | undefined {
  const entries: unknown = errors === null ? [] : JSON.parse(errors);
  return Array.isArray(entries) && entries.length > 0 ? stringifyJson(entries.at(-1)) : undefined;
}

function stillOpen({ id, state }: JobRecord): Answer {
  return { status: 202, body: stringifyJson({ job_id: id, state }), headers: { "retry-after": "1" }, jobs: [{ id }] };
}

function waitOver({ id, state }: JobRecord): Error {
  return errorOf("wait_timeout", `Job ${id} is ${state}; it has not ended within the wait.`, {
    ...{ status: 408, retryable: true, retryAfterMs: 1_000 },
    details: { job_id: id, current_state: state },
    hint: "Ask again: a wait can be repeated as often as you like.",
  });
}
