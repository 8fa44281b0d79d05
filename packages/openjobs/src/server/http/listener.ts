/** The HTTP listener: `node:http` on one side, the handler's plain values on the other. */
import { createServer, type ServerResponse as HttpResponse, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Drain } from "../drain.ts";
import type { Door, Handler, HandlerResponse } from "../handler.ts";
import type { WsDoor } from "../live/ws-door.ts";
import type { HttpLimits } from "../options.ts";
import type { RequestIds } from "../request-id.ts";
import { discardRest } from "./body-reader.ts";
import { createConnections } from "./connections.ts";
import { HttpCall } from "./http-call.ts";
import { CONNECT_ANSWER, rawAnswerFor, writeRawAnswer } from "./raw-answer.ts";
import { openStream } from "./stream-answer.ts";
import { takeUpgrades } from "./upgrade.ts";

/** What the listener needs. */
export interface ListenerParts {
  readonly handler: Handler;
  readonly door: Door;
  readonly limits: HttpLimits;
  readonly drain: Drain;
  readonly requestIds: RequestIds;
  readonly webSockets: WsDoor;
}

/** A port that is being listened to. */
export interface Listener {
  readonly port: number;
  /** Stops accepting, closes idle connections and resolves when the last one has ended. */
  stop(): Promise<void>;
  /** Ends all connections. */
  cut(): void;
}

/** How many bodies of full size a refused one may grow to before it is cut off. */
const DISCARD_FACTOR = 2;

/** Listens; rejects with an error that says what to do when the port cannot be had. */
export async function openListener(parts: ListenerParts, port: number, host: string): Promise<Listener> {
  const server = createHttpServer(parts);
  await listening(server, port, host);
  // A listening TCP server has an address object; only pipes and closed servers have something else.
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
    cut() {
      server.closeAllConnections();
      // They are none of the server's any more.
      parts.webSockets.cut();
    },
  };
}

function createHttpServer(parts: ListenerParts): Server {
  const { limits, requestIds } = parts;
  const connections = createConnections();
  const server = createServer({
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // How often Node looks for late requests; its own 30 s would double every timeout.
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    noDelay: true,
  });
  const accept = (request: IncomingMessage, response: HttpResponse, awaitsContinue: boolean): void => {
    const options = { awaitsContinue, maxBodyBytes: limits.maxBodyBytes };
    const call = new HttpCall(request, response, connections(request.socket), options);
    // Handlers answer every error; what arrives here could not be written, so there is nobody to tell.
    answerCall(parts, call).catch(() => request.destroy());
  };
  server.on("request", (request, response) => accept(request, response, false));
  server.on("checkContinue", (request, response) => accept(request, response, true));
  // An expectation that nobody knows is best ignored: the client will send its body anyway.
  server.on("checkExpectation", (request, response) => accept(request, response, false));
  takeUpgrades(server, { webSockets: parts.webSockets, loopback: parts.door.loopback, requestIds });
  server.on("connect", (_request, socket) => {
    // Node has let go of this socket: without a listener, a reset by the client would end the process.
    socket.on("error", () => socket.destroy());
    writeRawAnswer(socket, CONNECT_ANSWER, requestIds(undefined));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    const speechless = !socket.writable || error.code === "ECONNRESET" || connections(socket).owed > 0;
    if (speechless) socket.destroy();
    else writeRawAnswer(socket, rawAnswerFor(error.code), requestIds(undefined));
  });
  return server;
}

async function answerCall({ handler, door, limits, drain }: ListenerParts, call: HttpCall): Promise<void> {
  const answer = await handler(call, door);
  send(call, answer, drain.draining);
  discardRest(call.request, DISCARD_FACTOR * limits.maxBodyBytes);
}

function send(call: HttpCall, answer: HandlerResponse, last: boolean): void {
  const { status, headers, body, undelivered, stream } = answer;
  const { response, connection, awaitsContinue } = call;
  if (connection.gone) {
    undelivered?.();
    return;
  }
  call.undelivered = undelivered;
  // As a flat list, which Node writes as it is.
  const list: string[] = [];
  for (const name in headers) list.push(name, headers[name] ?? "");
  if (body !== undefined) list.push("content-length", String(Buffer.byteLength(body)));
  // A client that was not told to go on may or may not send its body: what comes next could be either.
  if (last || awaitsContinue) list.push("connection", "close");
  response.writeHead(status, list);
  if (stream === undefined) response.end(body);
  else openStream(call, stream);
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      reject(new Error(whyNotListening(cause, port, host), { cause }));
    };
    server.once("error", refuse);
    server.listen({ port, host }, () => {
      server.off("error", refuse);
      resolve();
    });
  });
}

function whyNotListening(cause: NodeJS.ErrnoException, port: number, host: string): string {
  const where = `port ${port} on ${host}`;
  if (cause.code === "EADDRINUSE") return `Cannot listen: ${where} is in use. Choose another port; 0 picks a free one.`;
  if (cause.code === "EACCES") return `Cannot listen: no permission for ${where}. Ports below 1024 need privileges.`;
  return `Cannot listen on ${where}: ${cause.message}`;
}
