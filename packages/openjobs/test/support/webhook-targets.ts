/** Receivers on this machine: one that takes down what it hears, and some that misbehave. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that arrived. */
export interface Heard {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A receiver; ends with `await using`. */
export interface WebhookTarget extends AsyncDisposable {
  readonly url: string;
  readonly heard: readonly Heard[];
}

/** Says something, once all of a request was read. */
export type Say = (response: ServerResponse, heard: Heard) => void;

/** What a target can do to whoever posts to it. */
export const MISBEHAVIOURS: Readonly<Record<string, Say>> = {
  hangs: () => undefined,
  "sends a body without an end": (response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(65_536, "x");
    const pump = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once("drain", pump);
    };
    pump();
  },
  "drips a byte at a time": (response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write("x"), 10);
    response.on("close", () => clearInterval(drip));
  },
  "drips its head": (response) => {
    response.socket?.write("HTTP/1.1 200 OK\r\n");
    const drip = setInterval(() => response.socket?.write("x-more: 1\r\n"), 20);
    response.on("close", () => clearInterval(drip));
  },
  "hangs up": (response) => void response.socket?.destroy(),
  "speaks no HTTP": (response) => void response.socket?.end("220 mail.example ESMTP\r\n"),
};

/** Starts a receiver on a free port. */
export async function webhookTarget(say: Say = (response) => void response.end("OK")): Promise<WebhookTarget> {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const one = { headers: request.headers, body: Buffer.concat(chunks).toString("utf8") };
    heard.push(one);
    say(response, one);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { url: `http://127.0.0.1:${port}/hooks`, heard, [Symbol.asyncDispose]: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(() => resolve()));
}
