/** The API key (ojs-http-binding §5, ojs-security): one Bearer token, compared without telling how much of it is right. */
import { createHash, timingSafeEqual } from "node:crypto";
import { ojsError } from "../core/errors.ts";

/** Throws 401 when an `Authorization` header brings no Bearer token, 403 when it brings another one. */
export type KeyCheck = (authorization: string | undefined) => void;

const BEARER = /^bearer +(\S+) *$/i;

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
      throw ojsError("forbidden", "The API key is not valid for this server.");
    }
  };
}

/** Digests have one length, which is what the comparison in constant time needs. */
function fingerprint(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
