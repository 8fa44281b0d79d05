/** Answers for what never became a request: bytes that Node's parser refuses, late heads, CONNECT. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { encodeError } from "../../core/codec/error.ts";
import { type OjsError, ojsError } from "../../core/errors.ts";
import { MEDIA_TYPE, OJS_VERSION } from "../negotiation.ts";

interface RawAnswer {
  readonly line: string;
  readonly message: string;
}

const BAD_REQUEST: RawAnswer = { line: "400 Bad Request", message: "This is not a valid HTTP request." };

/** By the codes of Node's errors; everything else is a bad request. */
const BY_CODE: Readonly<Record<string, RawAnswer>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { line: "408 Request Timeout", message: "The request did not arrive in time." },
  HPE_HEADER_OVERFLOW: {
    line: "431 Request Header Fields Too Large",
    message: "The head of the request is too large.",
  },
};

/** The answer to CONNECT, which the parser lets through but no route has. */
export const CONNECT_ANSWER: RawAnswer = {
  line: "405 Method Not Allowed",
  message: "This server is no proxy.",
};

/** The answer to an error that Node's HTTP parser or its timers raised. */
export function rawAnswerFor(code: string | undefined): RawAnswer {
  return (code === undefined ? undefined : BY_CODE[code]) ?? BAD_REQUEST;
}

/** Writes the answer and ends the connection. */
export function writeRawAnswer(socket: Duplex, answer: RawAnswer, requestId: string): void {
  write(socket, answer.line, { error: ojsError("invalid_request", answer.message), requestId });
}

/** The same for an error of ours. */
export function writeRawError(socket: Duplex, error: OjsError, requestId: string): void {
  write(socket, `${error.status} ${STATUS_CODES[error.status] ?? "Error"}`, { error, requestId });
}

interface Refusal {
  readonly error: OjsError;
  readonly requestId: string;
}

function write(socket: Duplex, line: string, { error, requestId }: Refusal): void {
  const body = encodeError(error, requestId);
  const head = [
    `HTTP/1.1 ${line}`,
    `Content-Type: ${MEDIA_TYPE}`,
    `OJS-Version: ${OJS_VERSION}`,
    `X-Request-Id: ${requestId}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
