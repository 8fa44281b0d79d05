/** The dead letter queue: list, retry, delete (ojs-http-binding §12). */
import { encodeJob, encodeJobAnswer } from "../../core/codec/job-encode.ts";
import { stringifyJson } from "../../core/json.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Engine } from "../../engine/facade.ts";
import { PAGING } from "../openapi/description.ts";
import { paginationOf, readPage } from "../paging.ts";
import { ok, type Route } from "../route.ts";
import { jobIdOf } from "./job-id.ts";
import { queueFilter } from "./queue-name.ts";

/** The routes under `/ojs/v1/dead-letter`. */
export function deadLetterRoutes(engine: Engine): readonly Route[] {
  return [list(engine), retry(engine), remove(engine)];
}

function list(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/dead-letter",
    describe: {
      tag: "Dead letters",
      summary: "List dead letters",
      query: ["queue", ...PAGING],
      answers: { 200: "DeadLetterPage" },
    },
    async run({ query }) {
      const parameters = new URLSearchParams(query);
      const request = readPage(parameters);
      const page = await engine.listDeadLetters(queueFilter(parameters), request);
      const jobs = page.items.map(encodeJob).join(",");
      return ok(`{"jobs":[${jobs}],"pagination":${stringifyJson(paginationOf(request, page))}}`);
    },
  };
}

function retry(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/dead-letter/:id/retry",
    describe: {
      tag: "Dead letters",
      summary: "Enqueue a dead letter again",
      answers: { 200: "RequeuedJob" },
      errors: [409],
    },
    async run(request) {
      const job = await engine.retryDeadLetter(jobIdOf(request));
      const answer = encodeJobAnswer(job, { re_enqueued_at: formatTimestamp(job.enqueuedAt) });
      return ok(answer, { jobs: [job] });
    },
  };
}

function remove(engine: Engine): Route {
  return {
    method: "DELETE",
    path: "/ojs/v1/dead-letter/:id",
    describe: {
      tag: "Dead letters",
      summary: "Delete a dead letter",
      answers: { 200: "DeletedDeadLetter" },
      errors: [409],
    },
    async run(request) {
      const id = jobIdOf(request);
      await engine.deleteDeadLetter(id);
      return ok(stringifyJson({ deleted: true, job_id: id, id }), { jobs: [{ id }] });
    },
  };
}
