/** Jobs: enqueue one or many, look, cancel, activate (ojs-http-binding §9). */
import { readBatchRequest } from "../../core/batch-request.ts";
import { encodeDeduplicated, encodeJob, encodeJobAnswer } from "../../core/codec/job-encode.ts";
import { encodeReceipt } from "../../core/codec/job-receipt.ts";
import type { JsonText } from "../../core/job.ts";
import { readJobRequest } from "../../core/job-request.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Engine, Enqueued } from "../../engine/facade.ts";
import { fieldError, optionalInteger } from "../fields.ts";
import { MINIMAL_APPLIED, prefersMinimal } from "../preference.ts";
import { pressureHeaders } from "../pressure-headers.ts";
import { rateLimitHeaders } from "../rate-limit-headers.ts";
import { ok, type Route } from "../route.ts";
import { jobOfTenant, jobsOfTenant, requireOwn, requireOwnJob } from "../tenant-header.ts";
import { jobIdOf } from "./job-id.ts";

/** The routes under `/ojs/v1/jobs`. */
export function jobRoutes(engine: Engine): readonly Route[] {
  return [
    enqueue(engine),
    enqueueBatch(engine),
    getJob(engine),
    cancelJob(engine),
    activateJob(engine),
    changeJob(engine),
  ];
}

function enqueue(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/jobs",
    readsBody: true,
    describe: {
      tag: "Jobs",
      summary: "Enqueue a job",
      headers: ["Prefer", "X-OJS-Tenant"],
      body: "JobRequest",
      answers: { 200: "JobAnswer", 201: "EnqueuedJob" },
      errors: [409, 429],
    },
    async run(request) {
      const { headers } = request;
      const enqueued = await engine.enqueue(readJobRequest(jobOfTenant(request), { now: engine.now() }));
      const { job, created, deduplicated } = enqueued;
      const about = { location: `/ojs/v1/jobs/${job.id}`, ...pressureHeaders([enqueued]), ...rateLimitHeaders(job) };
      if (created && prefersMinimal(headers)) {
        return { status: 201, body: encodeReceipt(job), headers: { ...about, ...MINIMAL_APPLIED }, jobs: [job] };
      }
      const answer = encodeJobAnswer(job, deduplicated ? { deduplicated } : {});
      return { status: created ? 201 : 200, body: answer, headers: about, jobs: [job] };
    },
  };
}

function enqueueBatch(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/jobs/batch",
    readsBody: true,
    describe: {
      tag: "Jobs",
      summary: "Enqueue jobs, all or none",
      headers: ["Prefer", "X-OJS-Tenant"],
      body: "BatchRequest",
      answers: { 200: "EnqueuedJobs", 201: "EnqueuedJobs" },
      errors: [409, 429],
    },
    async run(request) {
      const { headers } = request;
      const enqueued = await engine.enqueueBatch(readBatchRequest(jobsOfTenant(request), { now: engine.now() }));
      const jobs = enqueued.map(({ job }) => job);
      const minimal = enqueued.every(({ created }) => created) && prefersMinimal(headers);
      return {
        status: enqueued.some(({ created }) => created) ? 201 : 200,
        body: `{"jobs":[${enqueued.map((one) => encodeEnqueued(one, minimal)).join(",")}],"count":${jobs.length}}`,
        jobs,
        headers: { ...pressureHeaders(enqueued), ...(minimal ? MINIMAL_APPLIED : {}) },
      };
    },
  };
}

function encodeEnqueued({ job, deduplicated }: Enqueued, minimal: boolean): JsonText {
  if (minimal) return encodeReceipt(job);
  return deduplicated ? encodeDeduplicated(job) : encodeJob(job);
}

function getJob(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/jobs/:id",
    describe: { tag: "Jobs", summary: "Look at a job", headers: ["X-OJS-Tenant"], answers: { 200: "JobAnswer" } },
    async run(request) {
      const job = await engine.getJob(jobIdOf(request));
      requireOwn(job, request);
      return ok(encodeJobAnswer(job), { jobs: [job] });
    },
  };
}

function cancelJob(engine: Engine): Route {
  return {
    method: "DELETE",
    path: "/ojs/v1/jobs/:id",
    describe: {
      tag: "Jobs",
      summary: "Cancel a job",
      headers: ["X-OJS-Tenant"],
      answers: { 200: "CancelledJob" },
      errors: [409],
    },
    async run(request) {
      const id = jobIdOf(request);
      await requireOwnJob(engine, request, id);
      const { job, previousState } = await engine.cancel(id);
      return ok(encodeJobAnswer(job, { previous_state: previousState }), { jobs: [job] });
    },
  };
}

/** The priority is all that can be changed about a job (ojs-priority §10.2). */
function changeJob(engine: Engine): Route {
  return {
    method: "PATCH",
    path: "/ojs/v1/jobs/:id",
    readsBody: true,
    describe: {
      tag: "Jobs",
      summary: "Change the priority of a job that waits",
      headers: ["X-OJS-Tenant"],
      body: "PriorityChange",
      answers: { 200: "ReprioritisedJob" },
      errors: [409],
    },
    async run(request) {
      const id = jobIdOf(request);
      await requireOwnJob(engine, request, id);
      const { job, previousPriority } = await engine.setPriority(id, readPriority(request.body));
      return ok(encodeJobAnswer(job, { previous_priority: previousPriority }), { jobs: [job] });
    },
  };
}

function readPriority(body: JsonObject): number {
  const other = Object.keys(body).find((name) => name !== "priority");
  if (other !== undefined) throw fieldError(other, "left out: only 'priority' can be changed");
  const bounds = { min: LIMITS.priorityMin, max: LIMITS.priorityMax };
  const priority = optionalInteger(body, "priority", bounds);
  if (priority === undefined) throw fieldError("priority", `an integer from ${bounds.min} to ${bounds.max}`);
  return priority;
}

function activateJob(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/jobs/:id/activate",
    describe: {
      tag: "Jobs",
      summary: "Activate a pending job",
      headers: ["X-OJS-Tenant"],
      answers: { 200: "ActivatedJob" },
      errors: [409],
    },
    async run(request) {
      const id = jobIdOf(request);
      await requireOwnJob(engine, request, id);
      const { job, previousState } = await engine.activate(id);
      const activatedAt = formatTimestamp(job.enqueuedAt);
      const answer = encodeJobAnswer(job, { activated_at: activatedAt, previous_state: previousState });
      return ok(answer, { jobs: [job] });
    },
  };
}
