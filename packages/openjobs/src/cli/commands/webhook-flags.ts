/** Options of `ojs serve` about webhooks. */
import type { WebhookOptions } from "../../server/index.ts";
import { type Environment, variable } from "../environment.ts";
import { UsageError } from "../usage-error.ts";

/** The part of the help. */
export const WEBHOOK_HELP: string = `\
  --webhook-targets WHICH   OJS_WEBHOOK_TARGETS    public: HTTPS to the internet only; any allows
                                                   HTTP, this machine and private networks
  --webhook-timeout MS      OJS_WEBHOOK_TIMEOUT_MS 30000; how long a receiver may take`;

/** As `parseArgs` wants them. */
export const webhookFlags = {
  "webhook-targets": { type: "string" },
  "webhook-timeout": { type: "string" },
} as const;

type Given = { readonly [Name in keyof typeof webhookFlags]?: string | undefined };

/** Reads them; throws a UsageError for what cannot be understood. */
export function readWebhookFlags(given: Given, env: Environment): Required<WebhookOptions> {
  const targets = given["webhook-targets"] ?? variable(env, "OJS_WEBHOOK_TARGETS") ?? "public";
  if (targets !== "public" && targets !== "any") throw new UsageError("--webhook-targets must be public or any.");
  const text = given["webhook-timeout"] ?? variable(env, "OJS_WEBHOOK_TIMEOUT_MS") ?? "30000";
  const timeoutMs = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (timeoutMs >= 1 && timeoutMs <= 60_000) return { targets, timeoutMs };
  throw new UsageError("--webhook-timeout must be a number of milliseconds from 1 to 60000.");
}
