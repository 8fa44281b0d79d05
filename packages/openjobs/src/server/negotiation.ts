/** What a request says about its format (ojs-http-binding §3.2, §4): specification version, media type, encoding. */
import { ojsError } from "../core/errors.ts";
import type { ServerRequest } from "./exchange.ts";

type Headers = ServerRequest["headers"];

/** The version that this server speaks, as it is written in headers and bodies. */
export const OJS_VERSION = "1.0";

/** The media type of every answer. */
export const MEDIA_TYPE = "application/openjobspec+json";

/**
 * The official Python SDK (httpx) parses only bodies whose type contains `application/json`; anything else it takes for
 * an empty answer, and jobs that it fetched would be lost on it. A parameter makes it happy and changes nothing else.
 */
const PYTHON_MEDIA_TYPE = `${MEDIA_TYPE}; alias="application/json"`;

const ACCEPTED_MEDIA_TYPES = [MEDIA_TYPE, "application/json"];

/** 1, 1.0, 1.2.3, 1.0.0-rc.1: the Go SDK sends the latter. */
const ACCEPTED_VERSION = /^1(\.\d{1,9}){0,2}(-[\w.-]{1,64})?$/;

/** The content type for the answer to this client. */
export function mediaTypeFor(userAgent: string | undefined): string {
  return isPython(userAgent) ? PYTHON_MEDIA_TYPE : MEDIA_TYPE;
}

/**
 * Whether the request is one of an SDK. Two bodies cannot please SDKs and the official cases at once, and nothing else tells
 * them apart: SDKs send `OJS-Version`, the cases do not (wire contract §0.3). Early versions of the Python SDK do not, either.
 */
export function isSdk(headers: Headers): boolean {
  return headers["ojs-version"] !== undefined || isPython(headers["user-agent"]);
}

function isPython(userAgent: string | undefined): boolean {
  return userAgent?.startsWith("python-httpx/") ?? false;
}

/** Throws 422 `unsupported` unless every requested version is a 1.x; a client may repeat the header. */
export function checkVersion(requested: string | undefined): void {
  if (requested === undefined || requested === OJS_VERSION) return;
  if (requested.split(",").every((version) => ACCEPTED_VERSION.test(version.trim()))) return;
  throw ojsError("unsupported", "This server speaks OJS version 1.x only.", {
    details: { header: "OJS-Version", supported: [OJS_VERSION] },
    hint: `Send "OJS-Version: ${OJS_VERSION}" or leave the header out.`,
  });
}

/** Throws 400 when the body is of a type or encoding that this server does not read. No type counts as JSON. */
export function checkBodyFormat(headers: Headers): void {
  const type = headers["content-type"] ?? MEDIA_TYPE;
  // What all SDKs send; the rest of the rules is for the others.
  if (type === MEDIA_TYPE && headers["content-encoding"] === undefined) return;
  const [name] = type.split(";", 1);
  if (!ACCEPTED_MEDIA_TYPES.includes((name ?? "").trim().toLowerCase())) {
    throw ojsError("invalid_request", "The request body has an unsupported Content-Type.", {
      details: { header: "Content-Type", expected: ACCEPTED_MEDIA_TYPES },
      hint: `Send JSON with "Content-Type: ${MEDIA_TYPE}".`,
    });
  }
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "") return;
  throw ojsError("invalid_request", "The request body has an unsupported Content-Encoding.", {
    details: { header: "Content-Encoding", expected: ["identity"] },
    hint: "Send the body uncompressed.",
  });
}
