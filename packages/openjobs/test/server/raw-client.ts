/** A client of bytes, for readers that do not behave like a client of HTTP. */
import { createConnection, type Socket } from "node:net";

/** A connection and what comes on it. */
export interface RawClient {
  readonly socket: Socket;
  readonly connected: Promise<unknown>;
  readonly received: string;
  /** All of it, once the server has ended it. */
  text(): Promise<string>;
}

/** The text of a request for a stream. */
export function streamRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

/** Connects. */
export function openRaw(port: number): RawClient {
  const socket = createConnection({ port, host: "127.0.0.1" });
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    received += chunk;
  });
  const closed = new Promise((resolve) => socket.on("close", resolve));
  return {
    socket,
    connected: new Promise((resolve) => socket.on("connect", resolve)),
    get received() {
      return received;
    },
    text: async () => {
      await closed;
      return received;
    },
  };
}
