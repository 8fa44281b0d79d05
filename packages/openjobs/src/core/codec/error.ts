/** Errors between server and client (ojs-http-binding §16). */
import { ERRORS, type ErrorName } from "../error-table.ts";
import { errorOf, type OjsError, type OjsErrorExtra } from "../errors.ts";
import type { JsonText } from "../job.ts";
import { isMembers, type Members } from "../request-fields.ts";
import { flag, present, text } from "./wire-values.ts";

/** What the client knows of the request that failed. */
export interface ErrorContext {
  readonly operation: string;
  readonly requestId?: string;
  readonly jobId?: string | undefined;
  readonly queue?: string | undefined;
  readonly attempt?: number | undefined;
  readonly attempts?: number;
  /** Unix milliseconds, for a `Retry-After` that is a date. */
  readonly now: number;
}

/** More of a body than any error needs: proxies send whole pages. */
const MAX_BODY_CHARS = 1_048_576;
const MAX_MESSAGE_CHARS = 2_000;
const EXCERPT_CHARS = 200;

/** Writes the body of an error answer. Only what is meant for clients: neither stack nor cause. */
export function encodeError(error: OjsError, requestId?: string): JsonText {
  return JSON.stringify({
    error: {
      code: error.code,
      type: error.type,
      message: error.message,
      retryable: error.retryable,
      details: error.details,
      hint: error.hint,
      docs_url: error.docsUrl,
      request_id: requestId,
    },
  });
}

/**
 * Makes an error of an error answer, whoever wrote it: an OJS server (`{"error": {…}}`, or flat as in ojs-errors), or a
 * proxy with a page of HTML or nothing at all.
 *
 * @param headers Lower-case names.
 */
export function decodeError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  context: ErrorContext,
): OjsError {
  const wire = readWireError(body);
  const { now, ...known } = context;
  const fallback = nameOfStatus(status);
  const code = text(wire?.code) ?? fallback;
  const details = wire === undefined ? excerptOf(body) : wire.details;
  const extra = present<OjsErrorExtra>({
    ...known,
    status,
    retryable: flag(wire?.retryable) ?? ERRORS[fallback].retryable,
    details: isMembers(details) ? details : undefined,
    hint: text(wire?.hint) ?? (isForeign(wire, status) ? ERRORS.invalid_response.hint : hintOf(code, fallback)),
    docsUrl: text(wire?.docs_url) ?? text(wire?.doc_url),
    type: text(wire?.type),
    requestId: text(wire?.request_id) ?? headers["x-request-id"] ?? context.requestId,
    retryAfterMs: readRetryAfter(headers["retry-after"], now),
  });
  const { location } = headers;
  const message =
    text(wire?.message)?.slice(0, MAX_MESSAGE_CHARS) ??
    `The server answered ${status}${location ? ` (${location})` : ""}.`;
  return errorOf(code, message, extra);
}

/** A redirect, or a 404 that no OJS server wrote: the address leads elsewhere, and no id has to do with it. */
function isForeign(wire: Members | undefined, status: number): boolean {
  return wire === undefined && (status < 400 || status === 404);
}

/** Errors have the hint of their code already; a code of somebody else's gets that of its status. */
function hintOf(code: string, fallback: ErrorName): string | undefined {
  return Object.hasOwn(ERRORS, code) ? undefined : ERRORS[fallback].hint;
}

const NAME_BY_STATUS: Readonly<Record<number, ErrorName>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
  409: "conflict",
  413: "payload_too_large",
  422: "validation_error",
  429: "rate_limited",
  500: "internal_error",
  502: "backend_error",
  503: "backend_error",
  504: "backend_error",
};

/** What a status means when its body does not say. */
function nameOfStatus(status: number): ErrorName {
  return NAME_BY_STATUS[status] ?? (status >= 500 ? "internal_error" : "invalid_request");
}

function readWireError(body: string): Members | undefined {
  if (body.length > MAX_BODY_CHARS) return undefined;
  const answer = parse(body);
  if (!isMembers(answer)) return undefined;
  const error = answer.error ?? answer;
  if (typeof error === "string") return { message: error };
  return isMembers(error) && (text(error.code) ?? text(error.message)) !== undefined ? error : undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Also of nothing: an `excerpt` says that the answer is not that of an OJS server. */
function excerptOf(body: string): Members {
  return { excerpt: body.slice(0, EXCERPT_CHARS) };
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3), to milliseconds from now. Dates begin with a weekday; -5 is not one. */
function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(header)
    ? Number(header) * 1_000
    : /^[A-Z]/.test(header)
      ? Date.parse(header) - now
      : Number.NaN;
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : undefined;
}
