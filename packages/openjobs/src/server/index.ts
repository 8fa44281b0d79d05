/**
 * `openjobs/server`: the job server as a value. Embed it in an application, open a port for others, or both.
 *
 * @module
 */
export type { Retention } from "../core/retention.ts";
export type { ServerRequest, ServerResponse } from "./exchange.ts";
export type { JobLogging } from "./job-log.ts";
export type { Logger } from "./logger.ts";
export type { ServerOptions, WebhookOptions } from "./options.ts";
export { createServer, type Listening, type OjsServer } from "./server.ts";
export type { WebhookTargets } from "./webhooks/target-rules.ts";
