/** Reads what all requests have that tell the server where to post: the URL, and the secret that signs. */
import { LIMITS } from "../limits.ts";
import { refused } from "../request-fields.ts";

/** A secret that a client brought: long enough to be none that somebody tries out, and fit for a header. */
const SECRET = /^[\x21-\x7e]{16,200}$/;

/** A secret of a request; undefined when it is absent or null. */
export function readSecret(secret: unknown, field: string): string | undefined {
  if (secret === undefined || secret === null) return undefined;
  if (typeof secret === "string" && SECRET.test(secret)) return secret;
  throw refused(field, "must be a string of 16 to 200 visible ASCII characters");
}

/** Where to post: an absolute URL. Whether it may lead there is not looked at. */
export function readTargetUrl(value: unknown, field: string): string {
  const fits = typeof value === "string" && value.length <= LIMITS.webhookUrlChars && URL.canParse(value);
  const url = fits ? new URL(value) : null;
  if (url === null || !["https:", "http:"].includes(url.protocol)) {
    throw refused(field, `must be an absolute HTTPS URL of at most ${LIMITS.webhookUrlChars} characters`);
  }
  if (url.username === "" && url.password === "" && url.hash === "") return url.href;
  throw refused(
    field,
    "must have no user, password or fragment",
    "Requests are signed: check X-OJS-Signature instead.",
  );
}
