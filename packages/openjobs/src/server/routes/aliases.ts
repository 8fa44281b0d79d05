/**
 * Other spellings of routes: paths and methods that official SDKs, their serverless adapters and official cases use for what
 * the HTTP binding has under another name. One table; an alias is answered by the route that it stands for, never by code of
 * its own, so that the two cannot come to differ.
 */
import { fieldError } from "../fields.ts";
import type { Description } from "../openapi/description.ts";
import type { Route, RouteRequest } from "../route.ts";
import { jobIdIn, jobIdOf } from "./job-id.ts";

/** One line of the table. */
interface Alias extends Pick<Route, "method" | "path" | "readsBody"> {
  /** What of the description is different. */
  readonly describe?: Partial<Description>;
  /** Method and path of the route that answers. */
  readonly of: readonly [method: Route["method"], path: string];
  /** What this route reads in other places than the alias has it; the same request unless given. */
  readonly moved?: (request: RouteRequest) => Moved;
}

type Moved = Partial<Pick<RouteRequest, "params" | "body">>;

const JOB = "/ojs/v1/jobs/:id";

/** Every alias. A new one is a line here and its exact request in test/server/aliases.test.ts. */
export const ALIASES: readonly Alias[] = [
  // Serverless adapters of the JS SDK (ack without a body), ojs-results §10.1, ojs-serverless §4.2, official cases.
  {
    method: "POST",
    path: `${JOB}/ack`,
    readsBody: "optional",
    describe: { body: "AckOfJobRequest" },
    of: ["POST", "/ojs/v1/workers/ack"],
    moved: ofJob,
  },
  {
    method: "POST",
    path: `${JOB}/nack`,
    readsBody: true,
    describe: { body: "NackOfJobRequest" },
    of: ["POST", "/ojs/v1/workers/nack"],
    moved: ofJob,
  },
  // Official cases of tenants; a client that may not send DELETE.
  { method: "POST", path: `${JOB}/cancel`, of: ["DELETE", JOB] },
  // ojs-durable-execution §4.1 posts; the JS SDK has paths of its own for both, one with its prefix twice (wire contract, J15).
  { method: "POST", path: `${JOB}/checkpoint`, readsBody: true, of: ["PUT", `${JOB}/checkpoint`] },
  ...["/ojs/v1/checkpoints/:id", "/ojs/v1/ojs/v1/checkpoints/:id"].flatMap((path): Alias[] => [
    {
      method: "POST",
      path,
      readsBody: true,
      describe: { body: "NamedCheckpointRequest" },
      of: ["PUT", `${JOB}/checkpoint`],
      moved: ofState,
    },
    { method: "DELETE", path, of: ["DELETE", `${JOB}/checkpoint`] },
    { method: "GET", path: `${path}/resume`, of: ["GET", `${JOB}/checkpoint/resume`] },
  ]),
  // The JS SDK reports progress so.
  {
    method: "POST",
    path: "/ojs/v1/workers/progress",
    readsBody: true,
    describe: { body: "NamedProgressReport", errors: [404, 409] },
    of: ["PUT", `${JOB}/progress`],
    moved: toJob,
  },
  // Official cases of attestation.
  { method: "PUT", path: "/ojs/v1/queues/:name", readsBody: true, of: ["PUT", "/ojs/v1/queues/:name/config"] },
  // Official cases of WebAssembly workers.
  { method: "POST", path: "/ojs/v1/jobs/fetch", readsBody: true, of: ["POST", "/ojs/v1/workers/fetch"] },
  // Official cases of graceful shutdown.
  { method: "POST", path: "/ojs/v1/workers/beat", readsBody: true, of: ["POST", "/ojs/v1/workers/heartbeat"] },
];

/** Agent clients of the Rust and the Python SDK, which leave out `/ojs`. Only where the routes of agents are. */
export const AGENT_ALIASES: readonly Alias[] = ["/v1/agent/jobs/:id", "/v1/agents/:id"].flatMap((path) =>
  ["pause", "resume", "fork", "merge"].map(
    (operation): Alias => ({
      method: "POST",
      path: `${path}/${operation}`,
      readsBody: "optional",
      of: ["POST", `/ojs/v1/agents/:id/${operation}`],
    }),
  ),
);

/**
 * The routes, and these aliases of them.
 *
 * @throws RangeError when an alias stands for nothing.
 */
export function withAliases(aliases: readonly Alias[], routes: readonly Route[]): readonly Route[] {
  return [...routes, ...aliases.map((alias) => aliasRoute(alias, routes))];
}

function aliasRoute(
  { of: [method, path], moved, describe: differences, ...own }: Alias,
  routes: readonly Route[],
): Route {
  const route = routes.find((candidate) => candidate.method === method && candidate.path === path);
  if (route === undefined) {
    throw new RangeError(`${own.method} ${own.path} stands for ${method} ${path}, which is no route`);
  }
  const run: Route["run"] =
    moved === undefined ? (request) => route.run(request) : (request) => route.run(changed(request, moved(request)));
  const describe = { ...route.describe, ...differences, aliasOf: `${method} ${path}` };
  return { ...own, describe, run };
}

function changed(request: RouteRequest, { params = request.params, body = request.body }: Moved): RouteRequest {
  const { query, headers } = request;
  return {
    params,
    query,
    headers,
    body,
    get signal() {
      return request.signal;
    },
  };
}

/** An outcome of the job that the path names. Who names it twice must mean the same one. */
function ofJob(request: RouteRequest): Moved {
  const id = jobIdOf(request);
  const named = request.body.job_id ?? id;
  if (named !== id) throw fieldError("job_id", "left out, or the id that is in the path");
  return { body: { ...request.body, job_id: id } };
}

/** The JS SDK calls the state `metadata`. */
function ofState({ body }: RouteRequest): Moved {
  return body.state === undefined && body.metadata !== undefined ? { body: { ...body, state: body.metadata } } : {};
}

/** The body names the job that the route has in its path. */
function toJob({ body }: RouteRequest): Moved {
  return { params: { id: jobIdIn(body) } };
}
