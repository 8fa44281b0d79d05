/** The dead letter queue for operators (ojs-admin-api §11, ojs-dead-letter §6). */
import { encodeJob, encodeJobAnswer } from "../../../core/codec/job-encode.ts";
import { stringifyJson } from "../../../core/json.ts";
import { formatTimestamp } from "../../../core/time.ts";
import type { Engine } from "../../../engine/facade.ts";
import { PAGING } from "../../openapi/description.ts";
import { paginationOf, readNumberedPage } from "../../paging.ts";
import { ok, type Route } from "../../route.ts";
import { jobIdOf } from "../job-id.ts";
import { queueFilter } from "../queue-name.ts";

const PATH = "/ojs/v1/admin/dead-letter";

/** The routes under `/ojs/v1/admin/dead-letter`. */
export function adminDeadLetterRoutes(engine: Engine): readonly Route[] {
  return [list(engine), stats(engine), detail(engine), retry(engine), remove(engine)];
}

function list(engine: Engine): Route {
  return {
    method: "GET",
    path: PATH,
    describe: {
      tag: "Operators",
      summary: "List dead letters",
      query: ["queue", ...PAGING],
      answers: { 200: "JobItems" },
    },
    async run({ query }) {
      const parameters = new URLSearchParams(query);
      const request = readNumberedPage(parameters);
      const page = await engine.listDeadLetters(queueFilter(parameters), request);
      const pagination = stringifyJson(paginationOf(request, page));
      return ok(`{"items":[${page.items.map(encodeJob).join(",")}],"pagination":${pagination}}`);
    },
  };
}

function stats(engine: Engine): Route {
  return {
    method: "GET",
    path: `${PATH}/stats`,
    describe: { tag: "Operators", summary: "Count dead letters", answers: { 200: "DeadLetterStats" } },
    async run() {
      const newest = await engine.listDeadLetters({}, { limit: 1 });
      const last = newest.items[0]?.endedAt ?? null;
      return ok(stringifyJson({ total: newest.total, newest_at: last === null ? undefined : formatTimestamp(last) }));
    },
  };
}

function detail(engine: Engine): Route {
  return {
    method: "GET",
    path: `${PATH}/:id`,
    describe: { tag: "Operators", summary: "Look at a dead letter", answers: { 200: "Job" } },
    async run(request) {
      const job = await engine.getDeadLetter(jobIdOf(request));
      return ok(encodeJob(job), { jobs: [job] });
    },
  };
}

function retry(engine: Engine): Route {
  return {
    method: "POST",
    path: `${PATH}/:id/retry`,
    describe: {
      tag: "Operators",
      summary: "Enqueue a dead letter again",
      answers: { 200: "RequeuedJob" },
      errors: [409],
    },
    async run(request) {
      const job = await engine.retryDeadLetter(jobIdOf(request));
      return ok(encodeJobAnswer(job, { re_enqueued_at: formatTimestamp(job.enqueuedAt) }), { jobs: [job] });
    },
  };
}

function remove(engine: Engine): Route {
  return {
    method: "DELETE",
    path: `${PATH}/:id`,
    describe: { tag: "Operators", summary: "Delete a dead letter", answers: { 204: "nothing" }, errors: [409] },
    async run(request) {
      const id = jobIdOf(request);
      await engine.deleteDeadLetter(id);
      return { status: 204, body: undefined, jobs: [{ id }] };
    },
  };
}
