/**
 * For functions that are called instead of fetching (ojs-serverless §2), and for receivers of webhooks: `openjobs/push`. Runs wherever `fetch`
 * does.
 */
export type { DeliveryStore } from "./delivery-store.ts";
export type { LambdaHttpEvent } from "./lambda-event.ts";
export { createPushHandler, type PushHandler, type PushHandlerOptions } from "./push-handler.ts";
export type { SignatureTerms } from "./signature.ts";
export { type LambdaContext, type LambdaHttpResult, toLambda } from "./to-lambda.ts";
export { type VerifiedWebhook, verifyWebhook, type WebhookTerms } from "./verify-webhook.ts";
