/** One request of `node:http`, as the handler wants it: the head at once, body and signal only when asked for. */
import type { ServerResponse as HttpResponse, IncomingMessage } from "node:http";
import { headOf, type RequestHead } from "../exchange.ts";
import type { Incoming } from "../handler.ts";
import { readBody } from "./body-reader.ts";
import type { Connection } from "./connections.ts";

/** A request and its response, and the connection that both are on. */
export class HttpCall implements Incoming {
  readonly request: IncomingMessage;
  readonly response: HttpResponse;
  readonly connection: Connection;
  readonly head: RequestHead;
  /** True while the client waits for leave to send its body (`Expect: 100-continue`). */
  awaitsContinue: boolean;
  /** Called when the connection ends before the answer has been sent. */
  undelivered: (() => void) | undefined;
  readonly #maxBodyBytes: number;
  #gone: AbortController | undefined;

  constructor(
    request: IncomingMessage,
    response: HttpResponse,
    connection: Connection,
    options: { readonly awaitsContinue: boolean; readonly maxBodyBytes: number },
  ) {
    this.request = request;
    this.response = response;
    this.connection = connection;
    // Node types every header as a possible list, but only Set-Cookie ever is one, and no route reads it.
    this.head = headOf(request.method ?? "GET", request.url ?? "/", request.headers as RequestHead["headers"]);
    this.awaitsContinue = options.awaitsContinue;
    this.#maxBodyBytes = options.maxBodyBytes;
    connection.begin(this);
    // It comes once; `once` would only add a wrapper.
    response.on("finish", () => connection.end(this));
  }

  get signal(): AbortSignal {
    this.#gone ??= new AbortController();
    if (this.connection.gone) this.#gone.abort(goneError());
    return this.#gone.signal;
  }

  /** The client will not see an answer any more. */
  lost(): void {
    this.#gone?.abort(goneError());
    this.undelivered?.();
  }

  /** Nothing is owed while the body is on its way: if it never comes, the connection may still be told why. */
  async readBody(): Promise<string | undefined> {
    this.connection.owed -= 1;
    try {
      const body = readBody(this.request, this.#maxBodyBytes);
      if (this.awaitsContinue && !this.#declaresTooMuch()) this.#askForBody();
      return await body;
    } finally {
      this.connection.owed += 1;
    }
  }

  #askForBody(): void {
    this.awaitsContinue = false;
    this.response.writeContinue();
  }

  #declaresTooMuch(): boolean {
    return Number(this.request.headers["content-length"] ?? 0) > this.#maxBodyBytes;
  }
}

function goneError(): Error {
  return new Error("The client has closed the connection.");
}
