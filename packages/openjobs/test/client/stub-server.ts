/** A tiny HTTP server that does what a test says, down to the socket. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Behaviour = (response: ServerResponse, request: Received, socket: Socket) => void;

export class StubServer {
  readonly received: Received[] = [];
  /** Connections that were opened. */
  connections = 0;
  behave: Behaviour = (response) => response.end("{}");
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #url = "";

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on("connection", (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<StubServer> {
    const stub = new StubServer();
    await new Promise<void>((resolve) => stub.#server.listen(0, "127.0.0.1", resolve));
    const { port } = stub.#server.address() as AddressInfo; // it listens on TCP
    stub.#url = `http://127.0.0.1:${port}`;
    return stub;
  }

  get url(): string {
    return this.#url;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Closes every connection the rude way, as a crashed server or a firewall does. */
  resetConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    const received = { method, url, headers, body: Buffer.concat(chunks).toString() };
    this.received.push(received);
    this.behave(response, received, request.socket);
  }
}
