/** Jobs for operators, page by page (ojs-admin-api §7.1). */
import { encodeJob } from "../../../core/codec/job-encode.ts";
import { ojsError } from "../../../core/errors.ts";
import { JOB_STATES } from "../../../core/job.ts";
import type { JobFilter } from "../../../core/job-filter.ts";
import { stringifyJson } from "../../../core/json.ts";
import type { Engine } from "../../../engine/facade.ts";
import { fieldError } from "../../fields.ts";
import { type AskedPage, paginationOf, readList, readPage } from "../../paging.ts";
import { ok, type Route } from "../../route.ts";
import { queueFilter } from "../queue-name.ts";
import { optionalTime } from "./confirmed.ts";

/** `GET /ojs/v1/admin/jobs`. */
export function adminJobListRoute(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/admin/jobs",
    describe: {
      tag: "Operators",
      summary: "List jobs",
      query: ["queue", "job_state", "job_type", "tags", "since", "until", "limit", "per_page", "cursor"],
      answers: { 200: "SeenJobPage" },
    },
    async run({ query, signal }) {
      const parameters = new URLSearchParams(query);
      const request = readForward(parameters);
      const page = await engine.listJobs({ filter: readFilter(parameters), abandoned: () => signal.aborted }, request);
      const pagination = stringifyJson({ ...paginationOf(request, { total: 0, ...page }), total: page.total });
      return ok(`{"items":[${page.items.map(encodeJob).join(",")}],"pagination":${pagination}}`);
    },
  };
}

/** Pages follow one another: no index counts the jobs that a filter leaves, and none has them in another order. */
function readForward(query: URLSearchParams): AskedPage {
  const { page: _, offset = 0, ...asked } = readPage(query);
  const parameter = ["sort", "order"].find((name) => query.has(name)) ?? (offset > 0 ? "page" : undefined);
  if (parameter === undefined) return asked;
  throw ojsError(
    "invalid_request",
    `This list has no '${parameter}': it goes through the jobs in an order of its own.`,
    {
      details: { parameter },
      hint: "Leave it out, and follow 'next_cursor' of the page before to get further.",
    },
  );
}

function readFilter(query: URLSearchParams): JobFilter {
  const states = readList(query, "state") ?? JOB_STATES;
  const unknown = states.some((name) => !JOB_STATES.some((state) => state === name));
  if (unknown) throw fieldError("state", `one or more of ${JOB_STATES.join(", ")}`);
  const tags = readList(query, "tags");
  const times = { since: query.get("since") ?? undefined, until: query.get("until") ?? undefined };
  return {
    states: JOB_STATES.filter((state) => states.includes(state)),
    ...queueFilter(query),
    ...typeFilter(query.get("type") ?? ""),
    ...(tags === undefined ? {} : { tags }),
    ...optionalTime(times, "since", "enqueuedAfter"),
    ...optionalTime(times, "until", "enqueuedBefore"),
  };
}

/** A type, or what types begin with and a star. */
function typeFilter(type: string): Pick<JobFilter, "type" | "typePrefix"> {
  if (type === "") return {};
  return type.endsWith("*") ? { typePrefix: type.slice(0, -1) } : { type };
}
