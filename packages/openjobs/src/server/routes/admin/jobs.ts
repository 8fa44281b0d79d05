/** Jobs for operators: look, cancel, retry, and many at once (ojs-admin-api §7, §8). */
import { encodeJob, encodeJobAnswer } from "../../../core/codec/job-encode.ts";
import { ojsError } from "../../../core/errors.ts";
import { readJobFilter } from "../../../core/job-filter.ts";
import { stringifyJson } from "../../../core/json.ts";
import { isJsonObject, type JsonObject } from "../../../core/json-object.ts";
import type { Engine } from "../../../engine/facade.ts";
import { SELECTABLE, type Selection, type SelectionOutcome, type SelectionVerb } from "../../../engine/selection.ts";
import { fieldError } from "../../fields.ts";
import { ok, type Route } from "../../route.ts";
import { jobIdOf } from "../job-id.ts";
import { requireConfirmed } from "./confirmed.ts";

/** The routes under `/ojs/v1/admin/jobs`. */
export function adminJobRoutes(engine: Engine): readonly Route[] {
  return [detail(engine), cancel(engine), retry(engine), ...bulk(engine)];
}

function detail(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/admin/jobs/:id",
    describe: { tag: "Operators", summary: "Look at a job", answers: { 200: "Job" } },
    async run(request) {
      const job = await engine.getJob(jobIdOf(request));
      return ok(encodeJob(job), { jobs: [job] });
    },
  };
}

function cancel(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/admin/jobs/:id/cancel",
    describe: { tag: "Operators", summary: "Cancel a job", answers: { 200: "CancelledJob" }, errors: [409] },
    async run(request) {
      const { job, previousState } = await engine.cancel(jobIdOf(request));
      return ok(encodeJobAnswer(job, { previous_state: previousState }), { jobs: [job] });
    },
  };
}

function retry(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/admin/jobs/:id/retry",
    describe: {
      tag: "Operators",
      summary: "Enqueue a job again that has failed",
      answers: { 200: "JobAnswer" },
      errors: [409],
    },
    async run(request) {
      const id = jobIdOf(request);
      const abandoned = (): boolean => request.signal.aborted;
      const { items } = await engine.select({
        verb: "retry",
        jobs: { ids: [id] },
        atomic: true,
        once: null,
        abandoned,
      });
      const refusal = items[0]?.refusal ?? null;
      if (refusal !== null) {
        const code = refusal.code === "rolled_back" ? "conflict" : refusal.code;
        throw ojsError(code, refusal.message, { details: { job_id: id, current_state: refusal.state } });
      }
      const job = await engine.getJob(id);
      return ok(encodeJobAnswer(job), { jobs: [job] });
    },
  };
}

const BULK_SUMMARIES: Readonly<Record<SelectionVerb, string>> = {
  retry: "Enqueue many jobs again",
  cancel: "Cancel many jobs that wait",
  delete: "Delete many jobs that have ended",
};

function bulk(engine: Engine): readonly Route[] {
  return (["retry", "cancel", "delete"] as const).map((verb) => ({
    method: "POST",
    path: `/ojs/v1/admin/jobs/bulk/${verb}`,
    readsBody: true,
    describe: {
      tag: "Operators",
      summary: BULK_SUMMARIES[verb],
      body: "ConfirmedSelection",
      answers: { 200: "SelectionSummary" },
    },
    async run(request) {
      const jobs = readJobs(verb, request.body);
      const abandoned = (): boolean => request.signal.aborted;
      const outcome = await engine.select({ verb, jobs, atomic: false, once: null, abandoned });
      return ok(stringifyJson(summaryOf(verb, outcome)), { jobs: outcome.items.map(({ jobId }) => ({ id: jobId })) });
    },
  }));
}

/** The page about operators has other names for two of the conditions. */
function readJobs(verb: SelectionVerb, body: JsonObject): Selection["jobs"] {
  requireConfirmed(body);
  const { filter } = body;
  if (!isJsonObject(filter)) throw fieldError("filter", "an object with one or more conditions");
  const { since, until, ...others } = filter;
  const times = { enqueued_after: since, enqueued_before: until };
  const named = Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined));
  return { filter: readJobFilter({ ...others, ...named }, SELECTABLE[verb]) };
}

function summaryOf(verb: SelectionVerb, { items, matched, done }: SelectionOutcome): object {
  const refused = items.flatMap(({ jobId, refusal }) =>
    refusal === null ? [] : [{ job_id: jobId, error: refusal.message }],
  );
  return { action: verb, matched, succeeded: done, failed: matched - done, errors: refused };
}
