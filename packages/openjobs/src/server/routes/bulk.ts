/** Bulk enqueue: many jobs, each with its own outcome (ojs-bulk-operations §5, §9, §10; docs/adr/008-coalesced-enqueue.md). */
import { createHash } from "node:crypto";
import { encodeBulkAnswer } from "../../core/codec/bulk-encode.ts";
import { OjsError, ojsError } from "../../core/errors.ts";
import { type NewJob, readJobRequest } from "../../core/job-request.ts";
import { stringifyJson } from "../../core/json.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import type { BulkAnswer, BulkItem, BulkRequest } from "../../engine/bulk-request.ts";
import type { Engine } from "../../engine/facade.ts";
import { publicError } from "../error-answer.ts";
import { fieldError } from "../fields.ts";
import { readIdempotencyKey } from "../idempotency-key.ts";
import { MINIMAL_APPLIED, prefersMinimal } from "../preference.ts";
import type { Answer, Route } from "../route.ts";
import { jobsOfTenant } from "../tenant-header.ts";

/** `POST /ojs/v1/jobs/bulk`. */
export function bulkRoute(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/jobs/bulk",
    readsBody: true,
    describe: {
      tag: "Jobs",
      summary: "Enqueue jobs, each with its own outcome",
      headers: ["Prefer", "Idempotency-Key", "X-OJS-Tenant"],
      body: "BulkRequest",
      answers: { 200: "BulkAnswer", 201: "BulkAnswer", 207: "BulkAnswer", 422: "BulkAnswer" },
      errors: [409],
    },
    async run(request) {
      const body = { ...request.body, jobs: jobsOfTenant(request) };
      const bulk = readBulk(body, engine.now());
      const minimal = prefersMinimal(request.headers);
      const answer = (items: readonly BulkItem[]): BulkAnswer => encodeAnswer(items, bulk.atomic, minimal);
      const key = readIdempotencyKey(request);
      if (key !== undefined) {
        const digest = digestOf(body, bulk.atomic);
        return finish(await engine.enqueueBulkOnce({ ...bulk, key, digest, answer }), bulk, minimal);
      }
      const items = await engine.enqueueBulk(bulk);
      throwTrouble(items);
      return { ...finish(answer(items), bulk, minimal), jobs: jobsOf(items) };
    },
  };
}

function readBulk(body: JsonObject, now: number): BulkRequest {
  const atomicity = body.atomicity ?? "partial";
  if (atomicity !== "partial" && atomicity !== "atomic") throw fieldError("atomicity", '"partial" or "atomic"');
  return { items: readJobs(body).map((job, index) => readItem(job, index, now)), atomic: atomicity === "atomic" };
}

function readJobs({ jobs }: JsonObject): readonly unknown[] {
  if (!Array.isArray(jobs) || jobs.length === 0) throw fieldError("jobs", "a non-empty array of jobs");
  if (jobs.length <= LIMITS.batchJobs) return jobs;
  throw ojsError("payload_too_large", `A bulk holds at most ${LIMITS.batchJobs} jobs.`, {
    details: { field: "jobs", actual: jobs.length, max: LIMITS.batchJobs, max_batch_size: LIMITS.batchJobs },
    hint: "Split the bulk.",
  });
}

/** What is wrong with a job is that job's outcome. */
function readItem(job: unknown, index: number, now: number): NewJob | OjsError {
  try {
    return readJobRequest(job, { now, field: `jobs[${index}]` });
  } catch (error) {
    if (error instanceof OjsError) return publicError(error);
    throw error;
  }
}

/** Of the parsed body: how it was spaced does not make another request. */
function digestOf({ jobs }: JsonObject, atomic: boolean): string {
  return createHash("sha256")
    .update(stringifyJson([atomic, jobs]))
    .digest("base64url");
}

/** When the storage did not answer at all, the request as a whole may be repeated, and its status says so. */
function throwTrouble(items: readonly BulkItem[]): void {
  const [first] = items;
  const isTrouble = (item: BulkItem): boolean => item instanceof OjsError && item.status >= 500;
  if (first instanceof OjsError && items.every(isTrouble)) throw first;
}

function encodeAnswer(items: readonly BulkItem[], atomic: boolean, minimal: boolean): BulkAnswer {
  return { status: statusOf(items, atomic), body: encodeBulkAnswer(items, minimal) };
}

/** 201 like every other enqueue that made something (§11.2), 200 when it was all there (§5.3). */
function statusOf(items: readonly BulkItem[], atomic: boolean): number {
  const failed = items.filter((item) => item instanceof OjsError).length;
  if (failed === items.length || (failed > 0 && atomic)) return 422;
  if (failed > 0) return 207;
  return items.some((item) => !(item instanceof OjsError) && item.created) ? 201 : 200;
}

function finish({ status, body }: BulkAnswer, { items }: BulkRequest, minimal: boolean): Answer {
  return { status, body, headers: { "x-ojs-batch-size": `${items.length}`, ...(minimal ? MINIMAL_APPLIED : {}) } };
}

/** For the log. */
function jobsOf(items: readonly BulkItem[]): NonNullable<Answer["jobs"]> {
  return items.flatMap((item) => (item instanceof OjsError ? [] : [item.job]));
}
