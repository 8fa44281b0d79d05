/** The API key (ojs-http-binding §5, ojs-security): one Bearer token, compared without telling how much of it is right. */
import { createHash, timingSafeEqual } from "node:crypto";
import { ojsError } from "../core/errors.ts";

/** Throws 401 when an `Authorization` header does not bring the key: another one says no more about its sender than none (ojs-errors §4.3). */
export type KeyCheck = (authorization: string | undefined) => void;

/** RFC 6750 §3.1: credentials came, and they are no good. */
export const INVALID_TOKEN = "invalid_token";

/** The word twice is what the JS SDK's subscriptions make of a key that its client takes with the word. */
const BEARER = /^bearer +(?:bearer +)?(\S+) *$/i;

/** Without a key everybody may do everything: the check never throws. */
export function createKeyCheck(apiKey: string | undefined): KeyCheck {
  if (apiKey === undefined) return () => undefined;
  const expected = fingerprint(apiKey);
  return (authorization) => {
    const [, token] = BEARER.exec(authorization ?? "") ?? [];
    if (token === undefined) {
      throw ojsError("unauthorized", "This server needs an API key.", {
        hint: 'Send it as "Authorization: Bearer <key>".',
      });
    }
    if (!timingSafeEqual(fingerprint(token), expected)) {
      throw ojsError("unauthorized", "The API key is not valid for this server.", {
        details: { reason: INVALID_TOKEN },
        hint: "Use the key that this server was started with.",
      });
    }
  };
}

/** Digests have one length, which is what the comparison in constant time needs. */
function fingerprint(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
