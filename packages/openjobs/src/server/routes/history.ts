/** The history of a job (ojs-execution-history §7.1). */
import { historyOf } from "../../core/history.ts";
import { stringifyJson } from "../../core/json.ts";
import type { Engine } from "../../engine/facade.ts";
import { fieldError } from "../fields.ts";
import { readPage } from "../paging.ts";
import { ok, type Route } from "../route.ts";
import { jobIdOf } from "./job-id.ts";

/** `GET /ojs/v1/jobs/:id/history`. */
export function historyRoute(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/jobs/:id/history",
    describe: {
      ...{ tag: "Jobs", summary: "See what happened to a job", query: ["limit", "cursor", "offset"] },
      answers: { 200: "JobHistory" },
    },
    async run(request) {
      const job = await engine.getJob(jobIdOf(request));
      const { limit, after, offset = 0 } = readPage(new URLSearchParams(request.query));
      const all = historyOf(job);
      // A cursor is the id of the last event that was told.
      const start = after === undefined ? offset : all.findIndex(({ id }) => id === after) + 1;
      if (after !== undefined && start === 0) throw fieldError("cursor", "the 'next_cursor' of a page before");
      const events = all.slice(start, start + limit);
      const next = start + limit < all.length ? (events.at(-1)?.id ?? "") : "";
      return ok(stringifyJson({ job_id: job.id, events, total: all.length, next_cursor: next }), { jobs: [job] });
    },
  };
}
