/** From a transport's response to the value a call promises, or to the error that says why there is none. */
import { decodeError, type ErrorContext } from "../core/codec/error.ts";
import { type OjsError, ojsError } from "../core/errors.ts";
import type { Call } from "./call.ts";
import type { TransportResponse } from "./transport.ts";

/** How much of a web page an error shows. */
const EXCERPT_CHARS = 200;

/** Reads the answer; throws an `OjsError` for an error status and for a body that the call cannot read. */
export function readAnswer<T>(call: Call<T>, response: TransportResponse, context: ErrorContext): T {
  const { status, body } = response;
  const succeeded = status >= 200 && status <= 299;
  const refused = (): OjsError => decodeError(status, response.headers, body, context);
  if (!succeeded && status !== call.answerStatus) throw refused();
  try {
    return call.decode(body.trim() === "" ? undefined : JSON.parse(body), context);
  } catch (cause) {
    throw succeeded ? unreadable(status, body, context, cause) : refused();
  }
}

/** The body is not repeated unless it is somebody's web page: half a job may hold secrets, and errors are logged. */
function unreadable(status: number, body: string, context: ErrorContext, cause: unknown): OjsError {
  const problem = body === "" ? "is empty" : "is not what this call expects";
  const page = body.trimStart().startsWith("<");
  return ojsError("invalid_response", `The server answered ${status}, but the answer ${problem}.`, {
    ...context,
    status,
    cause,
    details: { length: body.length, ...(page ? { excerpt: body.slice(0, EXCERPT_CHARS) } : {}) },
  });
}
