/** Requests that want another protocol. Only WebSockets are one here; whoever asks for something else is answered in HTTP. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { publicError } from "../error-answer.ts";
import type { RequestHead } from "../exchange.ts";
import { WS_PATH, type WsDoor } from "../live/ws-door.ts";
import type { RequestIds } from "../request-id.ts";
import { writeRawError } from "./raw-answer.ts";

/** What is needed to decide. */
export interface UpgradeParts {
  readonly webSockets: WsDoor;
  readonly loopback: boolean;
  readonly requestIds: RequestIds;
}

/** Headers that are about the other protocol. */
const ABOUT_UPGRADE = new Set(["upgrade", "http2-settings"]);

/** Has a server take WebSockets. */
export function takeUpgrades(server: Server, { webSockets, loopback, requestIds }: UpgradeParts): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const [path] = (request.url ?? "").split("?", 1);
    if (request.headers.upgrade?.toLowerCase() !== "websocket" || path !== WS_PATH) {
      backToHttp(server, request, socket, head);
      return;
    }
    socket.on("error", () => socket.destroy());
    try {
      // See HttpCall: no header that is read here is a list.
      webSockets.check(request.headers as RequestHead["headers"], loopback);
      webSockets.enter(request, socket, head);
    } catch (error) {
      writeRawError(socket, publicError(error), requestIds(undefined));
    }
  });
}

/** The client goes on in HTTP if its wish is passed over (RFC 9110 §7.8), as Java's does, but Node has let go of the socket by now. */
function backToHttp(server: Server, request: IncomingMessage, socket: Duplex, rest: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    if (ABOUT_UPGRADE.has(name.toLowerCase())) continue;
    lines.push(`${name}: ${name.toLowerCase() === "connection" ? withoutUpgrade(value) : value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), rest]));
  server.emit("connection", socket);
}

function withoutUpgrade(value: string): string {
  const tokens = value.split(",").map((token) => token.trim());
  const rest = tokens.filter((token) => !ABOUT_UPGRADE.has(token.toLowerCase()));
  return rest.length === 0 ? "keep-alive" : rest.join(", ");
}
