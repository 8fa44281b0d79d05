/** Webhooks for whoever receives them (docs/guides/webhooks.md). */
import { parseJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import { readBytes } from "./body.ts";
import { createSignatureCheck, type SignatureTerms } from "./signature.ts";

/** How {@link verifyWebhook} checks. */
export interface WebhookTerms extends SignatureTerms {
  /** Longest body that is read, in bytes. Default 2 MiB. */
  readonly maxBytes?: number;
}

/** A delivery that is genuine. */
export interface VerifiedWebhook {
  /** The event; its `id` is what to remember to notice one that comes twice. */
  readonly event: unknown;
  /** As it came, byte by byte. */
  readonly text: string;
}

/**
 * Checks that a webhook was sent by somebody who knows the secret, within `maxAge`, and reads it (ojs-webhooks §8.1). Reads the
 * body of the request, so nobody may have done that before. Headers are not signed; what counts is in the event.
 *
 * @throws OjsAuthError (401) when the signature is missing, wrong or stale: answer `error.status`.
 * @throws OjsValidationError when the body is too large, no JSON, or was read before, or there is no secret.
 * @example
 * export const POST = async (request: Request) => {
 *   const { event } = await verifyWebhook(request, { secrets: [process.env.SECRET, process.env.OLD_SECRET].filter((s) => s !== undefined) });
 *   await remember(event);
 *   return new Response(null, { status: 204 });
 * };
 */
export async function verifyWebhook(request: Request, terms: WebhookTerms): Promise<VerifiedWebhook> {
  const check = createSignatureCheck(terms);
  const body = await readBytes(request, terms.maxBytes ?? 2 * LIMITS.jobBytes);
  await check(request.headers, body);
  const text = new TextDecoder().decode(body);
  return { event: parseJson(text), text };
}
