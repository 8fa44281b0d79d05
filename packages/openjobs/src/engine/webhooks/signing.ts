/** The headers of a delivery, with signatures in both dialects (ojs-webhooks §8.1; standardwebhooks.com). */
import { createHmac, randomBytes } from "node:crypto";
import type { JsonText } from "../../core/job.ts";

const STANDARD_PREFIX = "whsec_";

/** What is signed, and with what. */
export interface Signable {
  /** Of the delivery. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly body: JsonText;
  /** All that sign; several while a secret is being replaced. */
  readonly secrets: readonly string[];
}

/** A secret that nobody can guess: 256 bits, in the form that libraries for Standard Webhooks ask for. */
export function newSecret(): string {
  return STANDARD_PREFIX + randomBytes(32).toString("base64");
}

/**
 * `X-OJS-Signature` is over `timestamp.body` with the secret as it is written; `webhook-signature` is over
 * `id.timestamp.body` with the bytes that the secret stands for, if it has the prefix.
 */
export function signatureHeaders({ id, at, body, secrets }: Signable): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1_000));
  const own = secrets.map((secret) => `sha256=${hmac(secret, `${timestamp}.${body}`).toString("hex")}`);
  const standard = secrets.map(
    (secret) => `v1,${hmac(keyOf(secret), `${id}.${timestamp}.${body}`).toString("base64")}`,
  );
  return {
    "x-ojs-delivery-id": id,
    "x-ojs-timestamp": timestamp,
    "x-ojs-signature": own.join(","),
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": standard.join(" "),
  };
}

function keyOf(secret: string): Buffer {
  const isStandard = secret.startsWith(STANDARD_PREFIX);
  return isStandard ? Buffer.from(secret.slice(STANDARD_PREFIX.length), "base64") : Buffer.from(secret, "utf8");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text, "utf8").digest();
}
