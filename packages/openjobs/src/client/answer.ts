/** From a transport's response to the value a call promises, or to the error that says why there is none. */
import { decodeError } from "../core/codec/error.ts";
import { type OjsError, ojsError } from "../core/errors.ts";
import type { Call } from "./call.ts";
import type { TransportResponse } from "./transport.ts";

/** Facts about the request that every error about it carries. */
export interface ErrorContext {
  readonly operation: string;
  readonly requestId: string;
  readonly attempts: number;
  readonly jobId?: string;
}

/** How much of an unreadable answer an error shows. */
const EXCERPT_CHARS = 200;

/** Reads the answer; throws an `OjsError` for anything but a 2xx status with a body that the call can read. */
export function readAnswer<T>(
  call: Call<T>,
  { status, headers, body }: TransportResponse,
  context: ErrorContext,
  now: number,
): T {
  if (status < 200 || status > 299) throw decodeError(status, headers, body, { ...context, now });
  try {
    return call.decode(body.trim() === "" ? undefined : JSON.parse(body));
  } catch (cause) {
    throw unreadable(status, body, context, cause);
  }
}

function unreadable(status: number, body: string, context: ErrorContext, cause: unknown): OjsError {
  const excerpt = body.slice(0, EXCERPT_CHARS);
  const problem = body === "" ? "is empty" : "is not what this call expects";
  return ojsError("invalid_response", `The server answered ${status}, but the answer ${problem}.`, {
    ...context,
    status,
    cause,
    details: { excerpt },
    hint: "Check that the address leads to an OJS server and not to a proxy or another program.",
  });
}
