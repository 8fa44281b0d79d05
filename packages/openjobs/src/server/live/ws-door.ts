/** The way in for WebSockets (ojs-realtime §3): guarded as every route is, and watched for signs of life. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../../core/clock.ts";
import { ojsError } from "../../core/errors.ts";
import { encodeWsAnswer, WS_PROTOCOL } from "../../core/live/ws.ts";
import type { LiveEngine } from "../../engine/live/live-engine.ts";
import type { KeyCheck } from "../api-key.ts";
import type { BrowserGuard } from "../browser-guard.ts";
import type { RequestHead } from "../exchange.ts";
import { WsSession } from "./ws-session.ts";

/** Where WebSockets connect to. */
export const WS_PATH = "/ojs/v1/ws";

/** Largest message of a client in bytes. */
const MAX_MESSAGE = 16_384;

/** Asked for a sign of life in one round, looked at in the next: at least every 30 s, and 10 s to answer. */
const ROUND_MS = 10_000;

/** What the door needs. */
export interface WsDoorParts {
  readonly engine: Pick<LiveEngine, "subscribe" | "knows">;
  readonly checkKey: KeyCheck;
  readonly guard: BrowserGuard;
  readonly clock: Clock;
  readonly isDraining: () => boolean;
  /** Connections at the same time. */
  readonly max: number;
}

/** All WebSockets of a server. */
export class WsDoor {
  readonly #parts: WsDoorParts;
  readonly #sessions = new Set<WsSession>();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    // It costs memory for each connection, and the text of an event is short.
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (offered) => offered.has(WS_PROTOCOL) && WS_PROTOCOL,
  });
  #stopRound: (() => void) | undefined;

  constructor(parts: WsDoorParts) {
    this.#parts = parts;
  }

  /** @throws OjsError when this client may not come in. */
  check(headers: RequestHead["headers"], loopback: boolean): void {
    const { guard, checkKey, isDraining, max } = this.#parts;
    guard.check(headers, loopback);
    checkKey(headers.authorization);
    if (isDraining()) throw ojsError("backend_error", "The server is closing.");
    if (this.#sessions.size < max) return;
    throw ojsError("rate_limited", `This server has ${max} WebSockets, which is as many as it takes.`);
  }

  /** Lets a client in that was checked. */
  enter(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#welcome(webSocket));
  }

  /** Tells everybody that connections will be ended after so many milliseconds. */
  announceEnd(graceMs: number): void {
    const data = { reason: "The server is closing.", grace_period_ms: graceMs };
    for (const session of this.#sessions) {
      session.tell(encodeWsAnswer({ type: "event", event: "server.shutdown", data }));
    }
  }

  /** Says goodbye to everybody. */
  close(): void {
    for (const session of this.#sessions) session.close();
  }

  /** Ends all connections. */
  cut(): void {
    for (const session of this.#sessions) session.cut();
  }

  #welcome(webSocket: WebSocket): void {
    const session = new WsSession(webSocket, this.#parts.engine);
    this.#sessions.add(session);
    webSocket.on("close", () => {
      this.#sessions.delete(session);
      if (this.#sessions.size === 0) this.#stopRound?.();
    });
    if (this.#sessions.size === 1) this.#roundLater("ping");
  }

  #roundLater(next: "ping" | "expectPong"): void {
    const { clock } = this.#parts;
    this.#stopRound = clock.schedule(clock.now() + ROUND_MS, () => {
      this.#roundLater(next === "ping" ? "expectPong" : "ping");
      for (const session of this.#sessions) session[next]();
    });
  }
}
