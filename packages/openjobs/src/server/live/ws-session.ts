/** One WebSocket: its subscriptions, one message after the other, and no more in its buffer than it can bear. */
import type { WebSocket } from "ws";
import type { EventFilter } from "../../core/events.ts";
import type { Channel } from "../../core/live/channel.ts";
import { encodeWsAnswer, encodeWsError, encodeWsEvent, readWsRequest, type WsRequest } from "../../core/live/ws.ts";
import type { Listening, LiveEngine, Receiver } from "../../engine/live/live-engine.ts";
import { publicError } from "../error-answer.ts";
import { fieldError } from "../fields.ts";

/** Subscriptions on one connection; more belong on `queue:` or `all`. */
const MAX_SUBSCRIPTIONS = 300;

/** Messages that may wait for the one before them. */
const MAX_QUEUED = 100;

/** Bytes in the socket's buffer from which on events wait. */
const FULL = 65_536;

/** RFC 6455 §7.4.1. */
const POLICY = 1008;
const GOING_AWAY = 1001;

/** What is listened to. */
interface Subscribed {
  readonly channel: Channel;
  readonly filter: EventFilter;
  listening: Listening | undefined;
}

/** A connection and what it listens to. */
export class WsSession {
  readonly #socket: WebSocket;
  readonly #engine: Pick<LiveEngine, "subscribe" | "knows">;
  readonly #subscriptions = new Map<string, Subscribed>();
  readonly #stalled = new Set<Subscribed>();
  #queued = 0;
  #last: Promise<void> = Promise.resolve();
  /** The event behind which new subscriptions go on. */
  #after: string | undefined;
  #answersPings = true;

  constructor(socket: WebSocket, engine: Pick<LiveEngine, "subscribe" | "knows">) {
    this.#socket = socket;
    this.#engine = engine;
    socket.on("message", (data, isBinary) => this.#hear(isBinary ? undefined : `${data}`));
    socket.on("pong", () => {
      this.#answersPings = true;
    });
    socket.on("close", () => this.#leaveAll());
    // What is wrong with a frame has closed the socket already.
    socket.on("error", () => socket.terminate());
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#answersPings = false;
    this.#socket.ping();
  }

  /** Cuts off who has not answered the last ping. */
  expectPong(): void {
    if (!this.#answersPings) this.#socket.terminate();
  }

  /** Sends something that is about no channel. */
  tell(text: string): void {
    this.#socket.send(text);
  }

  /** Says goodbye. */
  close(): void {
    this.#leaveAll();
    this.#socket.close(GOING_AWAY, "The server is closing.");
  }

  /** Ends it at once. */
  cut(): void {
    this.#socket.terminate();
  }

  #hear(text: string | undefined): void {
    this.#queued += 1;
    if (text === undefined || this.#queued > MAX_QUEUED) {
      this.#socket.close(POLICY, text === undefined ? "Messages are JSON text." : "Wait for answers.");
      return;
    }
    this.#last = this.#last.then(async () => {
      await this.#answer(text);
      this.#queued -= 1;
    });
  }

  async #answer(text: string): Promise<void> {
    let request: WsRequest | undefined;
    try {
      request = readWsRequest(text);
      await this.#carryOut(request);
    } catch (error) {
      const name = request !== undefined && "name" in request ? request.name : undefined;
      this.tell(encodeWsError(publicError(error), name));
    }
  }

  async #carryOut(request: WsRequest): Promise<void> {
    if (request.action === "ping") this.tell(encodeWsAnswer({ type: "pong" }));
    else if (request.action === "resume") await this.#resume(request.after);
    else if (request.action === "subscribe") await this.#subscribe(request);
    else {
      this.#leave(request.name);
      this.tell(encodeWsAnswer({ type: "unsubscribed", channel: request.name }));
    }
  }

  /** A second subscription to a channel takes the place of the first (ojs-realtime §5.6.3). */
  async #subscribe({ name, channel, filter }: Extract<WsRequest, { action: "subscribe" }>): Promise<void> {
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS && !this.#subscriptions.has(name)) {
      throw fieldError("channel", `one of at most ${MAX_SUBSCRIPTIONS} on one connection`);
    }
    const begin = await this.#prepare(name, { channel, filter, listening: undefined });
    this.tell(encodeWsAnswer({ type: "subscribed", channel: name, event_types: filter.types }));
    begin();
  }

  async #resume(after: string): Promise<void> {
    if (!this.#engine.knows(after)) {
      const message = "This event is not known any more. Read the state of your jobs, and subscribe anew.";
      this.tell(encodeWsAnswer({ type: "error", code: "unknown_event_id", message }));
      return;
    }
    this.#after = after;
    this.tell(encodeWsAnswer({ type: "resumed", last_event_id: after }));
    for (const [name, subscribed] of [...this.#subscriptions]) {
      (await this.#prepare(name, { ...subscribed, listening: undefined }))();
    }
  }

  /** Finds the place; the answer begins there, and ends the one before. */
  async #prepare(name: string, subscribed: Subscribed): Promise<() => void> {
    const { channel, filter } = subscribed;
    const after = this.#after === undefined ? {} : { after: this.#after };
    const place = await this.#engine.subscribe({ channels: [channel], filter, ...after });
    return () => {
      this.#leave(name);
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      this.#subscriptions.set(name, subscribed);
      const listening = place.begin(this.#receiverOf(name, subscribed));
      // It may have ended at once.
      if (this.#subscriptions.get(name) === subscribed) subscribed.listening = listening;
    };
  }

  #receiverOf(name: string, subscribed: Subscribed): Receiver {
    return {
      take: (batch) => {
        // That one is told to connections, not to channels.
        const events = batch.events.filter(({ type }) => type !== "server.shutdown");
        for (const text of events.flatMap((event) => encodeWsEvent(name, event))) this.#send(text);
        const isFull = this.#socket.bufferedAmount > FULL;
        if (isFull) this.#stalled.add(subscribed);
        return !isFull;
      },
      // The socket has signs of life of its own.
      beat: () => undefined,
      end: () => {
        if (this.#subscriptions.get(name) !== subscribed) return;
        this.#leave(name);
        this.tell(encodeWsAnswer({ type: "unsubscribed", channel: name, reason: "ended" }));
      },
      cut: () => this.cut(),
    };
  }

  #send(text: string): void {
    this.#socket.send(text, () => {
      if (this.#stalled.size === 0 || this.#socket.bufferedAmount > FULL) return;
      const ready = [...this.#stalled];
      this.#stalled.clear();
      for (const { listening } of ready) listening?.ready();
    });
  }

  #leave(name: string): void {
    const subscribed = this.#subscriptions.get(name);
    if (subscribed === undefined) return;
    this.#subscriptions.delete(name);
    this.#stalled.delete(subscribed);
    subscribed.listening?.leave();
  }

  #leaveAll(): void {
    for (const name of [...this.#subscriptions.keys()]) this.#leave(name);
  }
}
