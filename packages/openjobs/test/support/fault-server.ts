/**
 * A real OJS server behind a real port that misbehaves as a test says: faults are chosen by what a request is for, so
 * that they mean the same whether a worker uses the single routes or the exchange.
 */
import { createServer as createHttp, type ServerResponse as HttpResponse, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ServerResponse } from "../../src/server/exchange.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { expectStrict } from "./strict-transport.ts";

/** What a request is for. One that carries outcomes is an `outcome`, whatever else it asks for. */
export type Role = "fetch" | "outcome" | "heartbeat" | "other";

/** A request as it arrived. */
export interface Call {
  readonly role: Role;
  readonly path: string;
  readonly at: number;
  /** Jobs whose success or failure it tells. */
  readonly acks: readonly string[];
  readonly nacks: readonly string[];
}

/** A request that a fault decides about. */
export interface Turn {
  readonly call: Call;
  readonly response: HttpResponse;
  readonly socket: Socket;
  /** Lets the real server do its work. What becomes of the answer is the fault's business. */
  handle(): Promise<ServerResponse>;
  /** Sends an answer as it should be. */
  deliver(answer: ServerResponse): void;
}

/** Misbehaves. */
export type Fault = (turn: Turn) => void | Promise<void>;

/** See above. */
export class FaultServer {
  readonly calls: Call[] = [];
  /** How often a fault was applied. */
  hits = 0;
  readonly ojs: OjsServer;
  readonly #faults = new Map<
    Role,
    { readonly fault: Fault; readonly when: (call: number) => boolean; calls: number }
  >();
  readonly #sockets = new Set<Socket>();
  readonly #cleanups = new Set<() => void>();
  #http = createHttp();
  #port = 0;

  private constructor(ojs: OjsServer) {
    this.ojs = ojs;
  }

  static async start(): Promise<FaultServer> {
    const made = new FaultServer(await createServer({ storage: memory() }));
    await made.up();
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  of(role: Role): Call[] {
    return this.calls.filter((call) => call.role === role);
  }

  /** From now on requests of this role meet the fault; `when` gets their number, from 1 on. */
  break(role: Role, fault: Fault, when: (call: number) => boolean = () => true): void {
    this.#faults.set(role, { fault, when, calls: 0 });
  }

  /** Everything works again. What hangs goes on hanging, as it would. */
  mend(): void {
    this.#faults.clear();
  }

  /** Refuses connections and resets those that are open. The jobs stay. */
  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#http.close(resolve));
    await Promise.all([this.resetConnections(), closed]);
  }

  /** Listens again, at the same address. */
  async up(): Promise<void> {
    this.#http = createHttp((request, response) => void this.#serve(request, response));
    this.#http.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#http.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#http.address() as AddressInfo).port; // it listens on TCP
  }

  resetConnections(): Promise<void> {
    return this.#end((socket) => socket.resetAndDestroy());
  }

  /** Closes connections politely, as a server does whose keep-alive timeout is over. */
  closeConnections(): Promise<void> {
    return this.#end((socket) => socket.end());
  }

  /** Resolves when both ends have noticed. */
  async #end(end: (socket: Socket) => void): Promise<void> {
    const gone = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const socket of this.#sockets) end(socket);
    await Promise.all(gone);
  }

  async close(): Promise<void> {
    for (const clean of this.#cleanups) clean();
    if (this.#http.listening) await this.down();
    await this.ojs.close({ graceMs: 0 });
  }

  async #serve(request: IncomingMessage, response: HttpResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // it was reset
    }
    const body = Buffer.concat(chunks).toString();
    const call = callOf(request.url ?? "", body);
    this.calls.push(call);
    const turn = this.#turnOf(request, response, body, call);
    const broken = this.#faults.get(call.role);
    if (broken !== undefined) broken.calls += 1;
    if (broken === undefined || !broken.when(broken.calls)) return turn.deliver(await turn.handle());
    this.hits += 1;
    await broken.fault(turn);
  }

  #turnOf(request: IncomingMessage, response: HttpResponse, body: string, call: Call): Turn {
    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) gone.abort(new Error("the client is gone"));
    });
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const { method = "GET", headers, socket } = request;
    return {
      call,
      response,
      socket,
      handle: async () => {
        const asked = { method, path, query, headers: headers as Record<string, string> };
        const answer = await this.ojs.handle({ ...asked, body, signal: gone.signal });
        expectStrict(asked, answer);
        return answer;
      },
      deliver: (answer) => {
        if (response.destroyed) return answer.undelivered?.();
        response.once("close", () => {
          if (!response.writableFinished) answer.undelivered?.();
        });
        response.writeHead(answer.status, answer.headers).end(answer.body);
      },
    };
  }
}

function callOf(path: string, body: string): Call {
  const operation = path.split("/").at(-1);
  const fields = body === "" ? {} : JSON.parse(body);
  const ids = (outcomes: readonly { readonly job_id: string }[] = []) => outcomes.map(({ job_id }) => job_id);
  const acks = operation === "ack" ? [fields.job_id] : ids(fields.acks);
  const nacks = operation === "nack" ? [fields.job_id] : ids(fields.nacks);
  const asksForJobs = operation === "fetch" || fields.fetch !== undefined;
  const role =
    acks.length + nacks.length > 0
      ? "outcome"
      : operation === "heartbeat"
        ? "heartbeat"
        : asksForJobs
          ? "fetch"
          : "other";
  return { role, path, at: performance.now(), acks, nacks };
}
