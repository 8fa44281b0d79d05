/** Cancel, retry or delete many jobs by ids or by a filter (ojs-bulk-operations §6–§11). */
import { createHash } from "node:crypto";
import { encodeSelectionAnswer } from "../../core/codec/selection-encode.ts";
import { ojsError } from "../../core/errors.ts";
import { readJobFilter } from "../../core/job-filter.ts";
import { stringifyJson } from "../../core/json.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import { isUuid7 } from "../../core/uuid7.ts";
import type { Engine } from "../../engine/facade.ts";
import { SELECTABLE, type Selection, type SelectionOutcome, type SelectionVerb } from "../../engine/selection.ts";
import { fieldError } from "../fields.ts";
import { readIdempotencyKey } from "../idempotency-key.ts";
import type { Description } from "../openapi/description.ts";
import type { Answer, Route, RouteRequest } from "../route.ts";

const WORDS: Readonly<Record<SelectionVerb, string>> = { cancel: "cancelled", retry: "retried", delete: "deleted" };

const MEMBERS: ReadonlySet<string> = new Set(["job_ids", "filter", "atomicity", "idempotency_key"]);

/** `POST /ojs/v1/jobs/bulk/{cancel,retry,delete}`. */
export function selectionRoutes(engine: Engine): readonly Route[] {
  return (["cancel", "retry", "delete"] as const).map((verb) => ({
    method: "POST",
    path: `/ojs/v1/jobs/bulk/${verb}`,
    readsBody: true,
    describe: describeSelection(verb),
    async run(request) {
      const selection = readSelection(verb, request);
      return answerOf(await engine.select(selection), selection);
    },
  }));
}

const SUMMARIES = {
  cancel: ["Cancel many jobs", "CancelledJobs"],
  retry: ["Retry many jobs", "RetriedJobs"],
  delete: ["Delete many jobs", "DeletedJobs"],
} as const;

function describeSelection(verb: SelectionVerb): Description {
  const [summary, answer] = SUMMARIES[verb];
  return {
    tag: "Jobs",
    summary,
    headers: ["Idempotency-Key"],
    body: "SelectionRequest",
    answers: { 200: answer, 207: answer, 422: answer },
    errors: [409],
  };
}

function readSelection(verb: SelectionVerb, request: RouteRequest): Selection {
  const { body } = request;
  const unknown = Object.keys(body).find((name) => !MEMBERS.has(name));
  // A misspelt `atomicity` or `filter` must not do more than its sender means.
  if (unknown !== undefined) throw fieldError(unknown, `left out: there are only ${[...MEMBERS].join(", ")}`);
  const atomicity = body.atomicity ?? "partial";
  if (atomicity !== "partial" && atomicity !== "atomic") throw fieldError("atomicity", '"partial" or "atomic"');
  const atomic = atomicity === "atomic";
  const key = readIdempotencyKey(request);
  return {
    verb,
    jobs: readJobs(verb, body, atomic ? LIMITS.atomicJobs : LIMITS.batchJobs),
    atomic,
    once: key === undefined ? null : { key, digest: digestOf(body, atomic) },
    abandoned: () => request.signal.aborted,
  };
}

function readJobs(verb: SelectionVerb, body: JsonObject, max: number): Selection["jobs"] {
  const ids = body.job_ids ?? undefined;
  const filter = body.filter ?? undefined;
  if ((ids === undefined) === (filter === undefined)) {
    throw fieldError("job_ids", "there, or else 'filter', but not both");
  }
  return ids === undefined ? { filter: readJobFilter(filter, SELECTABLE[verb]) } : { ids: readIds(ids, max) };
}

function readIds(ids: unknown, max: number): readonly string[] {
  if (!Array.isArray(ids) || ids.length === 0) throw fieldError("job_ids", "a non-empty array of job ids");
  if (ids.length > max) {
    throw ojsError("payload_too_large", `This operation takes at most ${max} jobs.`, {
      details: { field: "job_ids", actual: ids.length, max, max_batch_size: max },
      hint: "Split the list.",
    });
  }
  const seen = new Set<string>();
  return ids.map((id: unknown, index) => {
    if (typeof id !== "string" || !isUuid7(id))
      throw fieldError(`job_ids[${index}]`, "a job id: a UUIDv7 in lower case");
    if (seen.has(id)) throw fieldError(`job_ids[${index}]`, "an id that the list does not have already");
    seen.add(id);
    return id;
  });
}

/** Of the parsed body: how it was spaced does not make another request. */
function digestOf({ job_ids: ids, filter }: JsonObject, atomic: boolean): string {
  const request = stringifyJson([atomic, ids ?? null, filter ?? null]);
  return createHash("sha256").update(request).digest("base64url");
}

function answerOf(outcome: SelectionOutcome, { verb, atomic }: Selection): Answer {
  return {
    status: statusOf(outcome, atomic),
    body: encodeSelectionAnswer(outcome, WORDS[verb]),
    headers: { "x-ojs-batch-size": `${outcome.total}` },
    jobs: outcome.items.map(({ jobId }) => ({ id: jobId })),
  };
}

/** A filter that no job meets has found out just that. */
function statusOf({ total, done }: SelectionOutcome, atomic: boolean): number {
  if (done === total) return 200;
  return done === 0 || atomic ? 422 : 207;
}
