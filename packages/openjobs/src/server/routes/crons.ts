/** Cron jobs: register, list, look, change, remove, trigger (ojs-cron §8; ojs-http-binding §13). */
import { encodeCronAnswer, encodeCronJob, encodeCronRuns } from "../../core/codec/cron-job-encode.ts";
import { encodeJobAnswer } from "../../core/codec/job-encode.ts";
import { CRON_NAME_RULE, isCronName } from "../../core/cron-name.ts";
import { readCronChange, readCronRegistration } from "../../core/cron-request.ts";
import { stringifyJson } from "../../core/json.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Engine } from "../../engine/facade.ts";
import { fieldError } from "../fields.ts";
import { isSdk } from "../negotiation.ts";
import { PAGING } from "../openapi/description.ts";
import { paginationOf, readCount, readPage } from "../paging.ts";
import { ok, type Route, type RouteRequest } from "../route.ts";

const LIST = "/ojs/v1/cron";
const ONE = "/ojs/v1/cron/:name";

/** The routes under `/ojs/v1/cron`. */
export function cronRoutes(engine: Engine): readonly Route[] {
  return [
    list(engine),
    register(engine),
    get(engine),
    change(engine),
    remove(engine),
    enable(engine, true),
    enable(engine, false),
    trigger(engine),
    history(engine),
  ];
}

function list(engine: Engine): Route {
  return {
    method: "GET",
    path: LIST,
    describe: {
      tag: "Cron jobs",
      summary: "List cron jobs",
      query: ["enabled", ...PAGING],
      answers: { 200: "CronPage" },
    },
    async run({ query }) {
      const parameters = new URLSearchParams(query);
      const request = readPage(parameters);
      const page = await engine.listCrons(enabledFilter(parameters), request);
      const crons = page.items.map(encodeCronJob).join(",");
      const rest = stringifyJson({ count: page.items.length, pagination: paginationOf(request, page) });
      return ok(`{"cron_jobs":[${crons}],"crons":[${crons}],${rest.slice(1)}`);
    },
  };
}

function register(engine: Engine): Route {
  return {
    method: "POST",
    path: LIST,
    readsBody: true,
    describe: {
      tag: "Cron jobs",
      summary: "Register a cron job, or replace one",
      body: "CronRegistration",
      answers: { 200: "CronAnswer", 201: "CronAnswer" },
      errors: [409],
    },
    async run({ body, headers }) {
      const { cron, created } = await engine.registerCron(readCronRegistration(body, engine.now()));
      // Whoever writes `cron` reads it as a string.
      const answer = encodeCronAnswer(cron, typeof body.cron !== "string" && !isSdk(headers));
      return { status: created ? 201 : 200, body: answer, headers: { location: `${LIST}/${cron.name}` } };
    },
  };
}

function get(engine: Engine): Route {
  return {
    method: "GET",
    path: ONE,
    describe: { tag: "Cron jobs", summary: "Look at a cron job", answers: { 200: "CronAnswer" } },
    async run(request) {
      return ok(encodeCronAnswer(await engine.getCron(nameOf(request)), !isSdk(request.headers)));
    },
  };
}

function change(engine: Engine): Route {
  return {
    method: "PATCH",
    path: ONE,
    readsBody: true,
    describe: {
      tag: "Cron jobs",
      summary: "Change a cron job",
      body: "CronChange",
      answers: { 200: "CronAnswer" },
      errors: [409],
    },
    async run(request) {
      const cron = await engine.changeCron(nameOf(request), readCronChange(request.body));
      return ok(encodeCronAnswer(cron, !isSdk(request.headers)));
    },
  };
}

function remove(engine: Engine): Route {
  return {
    method: "DELETE",
    path: ONE,
    describe: { tag: "Cron jobs", summary: "Remove a cron job", answers: { 200: "RemovedCron" } },
    async run(request) {
      const cron = await engine.removeCron(nameOf(request));
      return ok(encodeCronAnswer(cron, !isSdk(request.headers), { deleted: true, name: cron.name }));
    },
  };
}

function enable(engine: Engine, enabled: boolean): Route {
  return {
    method: "POST",
    path: `${ONE}/${enabled ? "enable" : "disable"}`,
    describe: {
      tag: "Cron jobs",
      summary: enabled ? "Enable a cron job" : "Disable a cron job",
      answers: { 200: "CronAnswer" },
      errors: [409],
    },
    async run(request) {
      const cron = await engine.changeCron(nameOf(request), { enabled, expressionField: "cron" });
      return ok(encodeCronAnswer(cron, !isSdk(request.headers)));
    },
  };
}

function trigger(engine: Engine): Route {
  return {
    method: "POST",
    path: `${ONE}/trigger`,
    describe: {
      tag: "Cron jobs",
      summary: "Make a job of a cron job now",
      answers: { 201: "JobAnswer" },
      errors: [409],
    },
    async run(request) {
      const { job } = await engine.triggerCron(nameOf(request));
      const headers = { location: `/ojs/v1/jobs/${job.id}` };
      return { status: 201, body: encodeJobAnswer(job), headers, jobs: [job] };
    },
  };
}

function history(engine: Engine): Route {
  return {
    method: "GET",
    path: `${ONE}/history`,
    describe: {
      tag: "Cron jobs",
      summary: "List the latest runs of a cron job",
      query: ["limit"],
      answers: { 200: "CronRuns" },
    },
    async run(request) {
      const limit = readCount(new URLSearchParams(request.query), "limit", 1) ?? LIMITS.cronRuns;
      return ok(encodeCronRuns(await engine.getCron(nameOf(request)), limit));
    },
  };
}

function nameOf({ params }: RouteRequest): string {
  const name = params.name ?? "";
  if (isCronName(name)) return name;
  throw fieldError("name", `a name of ${CRON_NAME_RULE}`);
}

function enabledFilter(query: URLSearchParams): { readonly enabled?: boolean } {
  const text = query.get("enabled") ?? "";
  if (text === "") return {};
  if (text === "true" || text === "false") return { enabled: text === "true" };
  throw fieldError("enabled", "true or false");
}
