/** Push delivery: functions that the server calls with jobs (ojs-serverless §2). */
import { encodePushEndpoint, encodePushEndpoints } from "../../core/codec/push-encode.ts";
import { readNewPushEndpoint, readPushChange } from "../../core/push/endpoint-request.ts";
import type { Engine } from "../../engine/facade.ts";
import { ok, type Route, type RouteRequest } from "../route.ts";

const ENDPOINTS = "/ojs/v1/push/endpoints";
const ENDPOINT = `${ENDPOINTS}/:id`;

/** The routes under `/ojs/v1/push`. */
export function pushRoutes(engine: Engine): readonly Route[] {
  return [...listRoutes(engine), ...endpointRoutes(engine)];
}

function listRoutes(engine: Engine): readonly Route[] {
  return [
    {
      method: "POST",
      path: ENDPOINTS,
      readsBody: true,
      describe: {
        tag: "Push delivery",
        summary: "Register a function that is called with jobs",
        body: "PushEndpointRequest",
        answers: { 201: "PushEndpoint" },
        errors: [409],
      },
      async run({ body }) {
        const { secret, ...shown } = await engine.createPushEndpoint(readNewPushEndpoint(body));
        const headers = { location: `${ENDPOINTS}/${shown.endpoint.id}` };
        return { status: 201, body: encodePushEndpoint(shown, secret), headers };
      },
    },
    {
      method: "GET",
      path: ENDPOINTS,
      describe: { tag: "Push delivery", summary: "List functions", answers: { 200: "PushEndpoints" } },
      run: async () => ok(encodePushEndpoints(await engine.listPushEndpoints())),
    },
  ];
}

function endpointRoutes(engine: Engine): readonly Route[] {
  return [
    {
      method: "GET",
      path: ENDPOINT,
      describe: { tag: "Push delivery", summary: "Look at a function", answers: { 200: "PushEndpoint" } },
      run: async (request) => ok(encodePushEndpoint(await engine.getPushEndpoint(idOf(request)))),
    },
    {
      method: "PATCH",
      path: ENDPOINT,
      readsBody: true,
      describe: {
        tag: "Push delivery",
        summary: "Change a function, or switch it off or on",
        body: "PushEndpointChange",
        answers: { 200: "PushEndpoint" },
      },
      async run(request) {
        return ok(encodePushEndpoint(await engine.changePushEndpoint(idOf(request), readPushChange(request.body))));
      },
    },
    {
      method: "DELETE",
      path: ENDPOINT,
      describe: { tag: "Push delivery", summary: "Remove a function", answers: { 200: "PushEndpoint" } },
      run: async (request) => ok(encodePushEndpoint(await engine.removePushEndpoint(idOf(request)))),
    },
  ];
}

function idOf({ params }: RouteRequest): string {
  return params.id ?? "";
}
