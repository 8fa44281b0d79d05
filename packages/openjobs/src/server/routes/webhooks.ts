/** Webhooks: who is told of events by HTTP, and what became of the deliveries (ojs-webhooks §10). */
import {
  encodeDeliveries,
  encodeDeliveryAnswer,
  encodeWebhookAnswer,
  encodeWebhooks,
  encodeWebhookTest,
} from "../../core/codec/webhook-encode.ts";
import type { DeliveryStatus } from "../../core/webhook/delivery.ts";
import { readNewWebhook, readWebhookChange } from "../../core/webhook/subscription-request.ts";
import type { Engine } from "../../engine/facade.ts";
import { fieldError } from "../fields.ts";
import { PAGING } from "../openapi/description.ts";
import { paginationOf, readPage } from "../paging.ts";
import { ok, type Route, type RouteRequest } from "../route.ts";

const SUBSCRIPTIONS = "/ojs/v1/webhooks/subscriptions";
const SUBSCRIPTION = `${SUBSCRIPTIONS}/:id`;
const DELIVERIES = "/ojs/v1/webhooks/deliveries";

/** The routes under `/ojs/v1/webhooks`. */
export function webhookRoutes(engine: Engine): readonly Route[] {
  return [...listRoutes(engine), ...subscriptionRoutes(engine), ...deliveryRoutes(engine)];
}

function listRoutes(engine: Engine): readonly Route[] {
  return [
    {
      method: "POST",
      path: SUBSCRIPTIONS,
      readsBody: true,
      describe: {
        tag: "Webhooks",
        summary: "Subscribe to events",
        body: "WebhookRequest",
        answers: { 201: "NewWebhook" },
        errors: [409],
      },
      async run({ body }) {
        const { subscription, secret } = await engine.createWebhook(readNewWebhook(body));
        const headers = { location: `${SUBSCRIPTIONS}/${subscription.id}` };
        return { status: 201, body: encodeWebhookAnswer(subscription, secret), headers };
      },
    },
    {
      method: "GET",
      path: SUBSCRIPTIONS,
      describe: { tag: "Webhooks", summary: "List subscriptions", answers: { 200: "Webhooks" } },
      run: async () => ok(encodeWebhooks(await engine.listWebhooks())),
    },
  ];
}

function subscriptionRoutes(engine: Engine): readonly Route[] {
  return [
    {
      method: "GET",
      path: SUBSCRIPTION,
      describe: { tag: "Webhooks", summary: "Look at a subscription", answers: { 200: "WebhookAnswer" } },
      run: async (request) => ok(encodeWebhookAnswer(await engine.getWebhook(idOf(request)))),
    },
    {
      method: "PATCH",
      path: SUBSCRIPTION,
      readsBody: true,
      describe: {
        tag: "Webhooks",
        summary: "Change a subscription",
        body: "WebhookChange",
        answers: { 200: "WebhookAnswer" },
      },
      async run(request) {
        return ok(encodeWebhookAnswer(await engine.changeWebhook(idOf(request), readWebhookChange(request.body))));
      },
    },
    {
      method: "DELETE",
      path: SUBSCRIPTION,
      describe: { tag: "Webhooks", summary: "Remove a subscription", answers: { 200: "WebhookAnswer" } },
      run: async (request) => ok(encodeWebhookAnswer(await engine.removeWebhook(idOf(request)))),
    },
    {
      method: "POST",
      path: `${SUBSCRIPTION}/test`,
      describe: { tag: "Webhooks", summary: "Send a test to a subscription", answers: { 200: "WebhookTest" } },
      run: async (request) => ok(encodeWebhookTest(await engine.testWebhook(idOf(request)))),
    },
    {
      method: "POST",
      path: `${SUBSCRIPTION}/rotate-secret`,
      describe: { tag: "Webhooks", summary: "Replace the secret of a subscription", answers: { 200: "NewWebhook" } },
      async run(request) {
        const { subscription, secret } = await engine.rotateWebhookSecret(idOf(request));
        return ok(encodeWebhookAnswer(subscription, secret));
      },
    },
  ];
}

function deliveryRoutes(engine: Engine): readonly Route[] {
  return [
    {
      method: "GET",
      path: DELIVERIES,
      describe: {
        tag: "Webhooks",
        summary: "List deliveries",
        query: ["delivery_status", "subscription_id", ...PAGING],
        answers: { 200: "DeliveryPage" },
      },
      async run({ query }) {
        const parameters = new URLSearchParams(query);
        const request = readPage(parameters);
        const page = await engine.listDeliveries(readFilter(parameters), request);
        return ok(encodeDeliveries(page.items, paginationOf(request, page)));
      },
    },
    {
      method: "GET",
      path: `${DELIVERIES}/:id`,
      describe: { tag: "Webhooks", summary: "Look at a delivery", answers: { 200: "DeliveryAnswer" } },
      run: async (request) => ok(encodeDeliveryAnswer(await engine.getDelivery(idOf(request)))),
    },
    {
      method: "POST",
      path: `${DELIVERIES}/:id/retry`,
      describe: {
        tag: "Webhooks",
        summary: "Try a delivery again that has failed for good",
        answers: { 200: "DeliveryAnswer" },
        errors: [409],
      },
      run: async (request) => ok(encodeDeliveryAnswer(await engine.retryDelivery(idOf(request)))),
    },
  ];
}

function readFilter(parameters: URLSearchParams) {
  const status = readStatus(parameters.get("status") ?? "");
  const subscriptionId = parameters.get("subscription_id") ?? "";
  if (subscriptionId === "") return status === undefined ? {} : { status };
  if (status === "pending") return { status, subscriptionId };
  throw fieldError("status", "pending when subscription_id is named");
}

function readStatus(text: string): DeliveryStatus | undefined {
  if (text === "") return undefined;
  if (text === "pending" || text === "delivered" || text === "dead") return text;
  throw fieldError("status", "pending, delivered or dead");
}

function idOf({ params }: RouteRequest): string {
  return params.id ?? "";
}
