/** Whether a request was sent by somebody who knows a secret, just now (ojs-webhooks §8.1). By WebCrypto, whose comparison takes constant time. */
import type { Clock } from "../core/clock.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import { type OjsError, ojsError } from "../core/errors.ts";

/** What makes a signature count. */
export interface SignatureTerms {
  /** The secret as the server shows it, or several while one is being replaced: any of them will do. */
  readonly secrets: string | readonly string[];
  /** How far the time of the signature may be from this machine's, in either direction. Default 5 minutes. */
  readonly maxAge?: Duration;
  /** Default: the machine's. */
  readonly clock?: Pick<Clock, "now">;
}

/** Checks signed bytes, which are not those of shared memory; rejects with OjsAuthError. */
export type CheckSignature = (headers: Headers, body: ReturnType<Uint8Array["slice"]>) => Promise<void>;

const DEFAULT_MAX_AGE = "5m";
/** A request has two while a secret is being replaced; whoever sends a thousand wants us to compute. */
const MAX_SIGNATURES = 8;
/** Under this name in every runtime; Node's own types have it only in `node:crypto`. */
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;

/**
 * Prepares the check.
 *
 * @throws OjsValidationError when there is no secret, or `maxAge` is no duration above zero.
 */
export function createSignatureCheck(terms: SignatureTerms): CheckSignature {
  const secrets = readSecrets(terms.secrets);
  const maxAgeMs = readMaxAge(terms.maxAge ?? DEFAULT_MAX_AGE);
  const { clock = { now: Date.now } } = terms;
  let keys: Promise<readonly Key[]> | undefined;
  return async (headers, body) => {
    const timestamp = headers.get("x-ojs-timestamp") ?? "";
    const signatures = signaturesIn(headers.get("x-ojs-signature") ?? "");
    if (!/^\d{1,12}$/.test(timestamp) || signatures.length === 0)
      throw refused("it is not signed", "signature_missing");
    keys ??= Promise.all(secrets.map(importKey));
    const signed = joined(new TextEncoder().encode(`${timestamp}.`), body);
    if (!(await isSigned(await keys, signatures, signed))) throw refused("its signature is wrong", "signature_wrong");
    // Only what is genuine is told that its clock is wrong.
    const awayMs = Math.abs(clock.now() - Number(timestamp) * 1_000);
    if (awayMs > maxAgeMs) throw refused(`it was signed ${Math.round(awayMs / 1_000)} s from now`, "signature_stale");
  };
}

function readSecrets(given: string | readonly string[]): readonly string[] {
  const secrets = typeof given === "string" ? [given] : given;
  // An empty key would make everybody's signature right.
  if (Array.isArray(secrets) && secrets.length > 0 && secrets.every((one) => typeof one === "string" && one !== "")) {
    return secrets;
  }
  throw ojsError("invalid_request", "Requests cannot be checked without a secret.", {
    hint: "Give `secrets` the signing_secret that the server showed when the endpoint was made; is the environment variable set?",
    details: { field: "secrets" },
  });
}

function readMaxAge(value: Duration): number {
  const ms = toMilliseconds(value);
  if (ms > 0) return ms;
  throw ojsError("invalid_request", "`maxAge` must be a duration above zero.", { details: { field: "maxAge" } });
}

function signaturesIn(header: string): readonly Uint8Array<ArrayBuffer>[] {
  const hexes = header.split(",", MAX_SIGNATURES).map((one) => /^sha256=([0-9a-f]{64})$/i.exec(one.trim())?.[1]);
  return hexes.flatMap((hex) => (hex === undefined ? [] : bytesOf(hex)));
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}

function importKey(secret: string): Promise<Key> {
  return crypto.subtle.importKey("raw", new TextEncoder().encode(secret), ALGORITHM, false, ["verify"]);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

async function isSigned(
  keys: readonly Key[],
  signatures: readonly Uint8Array<ArrayBuffer>[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const pairs = keys.flatMap((key) => signatures.map((signature) => ({ key, signature })));
  const checks = await Promise.all(
    pairs.map(({ key, signature }) => crypto.subtle.verify(ALGORITHM.name, key, signature, signed)),
  );
  return checks.includes(true);
}

function refused(why: string, reason: string): OjsError {
  return ojsError("unauthorized", `The request is refused: ${why}.`, {
    hint: "Compare the secret with the server's, look whether something on the way changes the body, and set the clock.",
    details: { reason },
  });
}
