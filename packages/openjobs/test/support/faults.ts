/** Everything that a network, a proxy or a server has been seen to do to a request. */
import type { ServerResponse as HttpResponse } from "node:http";
import type { ServerResponse } from "../../src/server/exchange.ts";
import type { Fault } from "./fault-server.ts";

/** The server never sees the request. */
export const resetBefore: Fault = ({ socket }) => void socket.resetAndDestroy();

/** The server does its work, and nobody hears of it. */
export const resetInstead: Fault = async ({ handle, socket }) => {
  await handle();
  socket.resetAndDestroy();
};

/** Half of the answer, then a reset. */
export const resetWithin: Fault = async (turn) => {
  const answer = await turn.handle();
  writeHalf(turn.response, answer, Buffer.byteLength(answer.body ?? ""));
  setTimeout(() => turn.socket.resetAndDestroy(), 10);
};

/** The whole answer, then a reset. */
export const resetAfter: Fault = async ({ handle, deliver, response, socket }) => {
  response.once("finish", () => setImmediate(() => socket.resetAndDestroy()));
  deliver(await handle());
};

/** Says `Connection: close` and means it. */
export const closeAfter: Fault = async ({ handle, deliver, response }) => {
  response.shouldKeepAlive = false;
  deliver(await handle());
};

/** Status and headers, then the connection ends. */
export const closeAfterHeaders: Fault = async ({ handle, socket }) => {
  const { status } = await handle();
  socket.end(`HTTP/1.1 ${status} OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n`);
};

/** Takes the connection and the request, and says nothing. */
export const halfOpen: Fault = () => undefined;

/** The work is done; the answer does not come. */
export const silentSuccess: Fault = async ({ handle }) => {
  await handle();
};

/** Half of the answer; the rest does not come. */
export const neverFinish: Fault = async ({ handle, response }) => {
  const answer = await handle();
  writeHalf(response, answer, Buffer.byteLength(answer.body ?? ""));
};

/** The answer, in pieces. */
export function drip(pieces: number, everyMs: number): Fault {
  return async ({ handle, response }) => {
    const { status, headers, body = "" } = await handle();
    const bytes = Buffer.from(body);
    response.writeHead(status, { ...headers, "content-length": bytes.length });
    const size = Math.max(1, Math.ceil(bytes.length / pieces));
    for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
      response.write(bytes.subarray(at, at + size));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    response.end();
  };
}

/** The right answer, late. */
export function slow(ms: number): Fault {
  return async ({ handle, deliver }) => {
    const answer = await handle();
    await new Promise((resolve) => setTimeout(resolve, ms));
    deliver(answer);
  };
}

/** Another answer; the server never sees the request. */
export function instead(status: number, body: unknown = "", headers: Readonly<Record<string, string>> = {}): Fault {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = text.startsWith("<") ? "text/html" : "application/json";
  return ({ deliver }) => deliver({ status, headers: { "content-type": type, ...headers }, body: text });
}

/** An OJS error. */
export function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Fault {
  return instead(status, { error: { code, message: `says ${code}`, retryable: status >= 429 } }, headers);
}

/** The work is done; what is answered is something else. */
export function garbled(garble: (body: string) => string, headers: Readonly<Record<string, string>> = {}): Fault {
  return async ({ handle, deliver }) => {
    const answer = await handle();
    deliver({ ...answer, headers: { ...answer.headers, ...headers }, body: garble(answer.body ?? "") });
  };
}

/** The answer twice on one connection. */
export const twice: Fault = async ({ handle, socket }) => {
  const { status, headers, body = "" } = await handle();
  const lines = Object.entries({ ...headers, "content-length": String(Buffer.byteLength(body)) });
  const head = [`HTTP/1.1 ${status} OK`, ...lines.map(([name, value]) => `${name}: ${value}`)].join("\r\n");
  socket.write(`${head}\r\n\r\n${body}${head}\r\n\r\n${body}`);
};

/** The request reaches the server twice, as through a proxy that tries again. */
export const handledTwice: Fault = async ({ handle, deliver }) => {
  await handle();
  deliver(await handle());
};

/** Not HTTP. */
export const noHttp: Fault = ({ socket }) => void socket.end("220 mail.example.com ESMTP ready\r\n");

function writeHalf(response: HttpResponse, { status, headers, body = "" }: ServerResponse, length: number): void {
  response.writeHead(status, { ...headers, "content-length": length });
  response.write(body.slice(0, body.length / 2));
}
