/** Reads a stream of live events over a real port, the way the official Rust SDK does: it splits at line feeds and nothing else. */
import { type ClientRequest, type IncomingMessage, request } from "node:http";

/** One event as that SDK understands it. */
export interface SseEvent {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into data of any shape
  readonly data: any;
}

/** An open stream. */
export class SseReader {
  readonly #request: ClientRequest;
  readonly response: IncomingMessage;
  /** Everything that has come. */
  text = "";
  /** Whole events in it. */
  #count = 0;
  #scanned = 0;
  #changed: () => void = () => {};
  #hasEnded = false;

  constructor(outgoing: ClientRequest, response: IncomingMessage) {
    this.#request = outgoing;
    this.response = response;
    response.setEncoding("latin1");
    response.on("data", (chunk: string) => {
      this.text += chunk;
      this.#scan();
      this.#changed();
    });
    response.on("close", () => {
      this.#hasEnded = true;
      this.#changed();
    });
  }

  get events(): SseEvent[] {
    return parse(this.text);
  }

  /** Resolves once there are so many events; rejects when the stream ends before. */
  async until(count: number): Promise<SseEvent[]> {
    while (this.#count < count) {
      if (this.#hasEnded) throw new Error(`the stream ended after ${this.events.length} events: ${this.text}`);
      await this.#change();
    }
    return this.events;
  }

  /** Resolves when the server has ended the stream. */
  async end(): Promise<SseEvent[]> {
    while (!this.#hasEnded) await this.#change();
    return this.events;
  }

  close(): void {
    this.#request.destroy();
  }

  #scan(): void {
    for (let end = this.text.indexOf("\n\n", this.#scanned); end !== -1; end = this.text.indexOf("\n\n", end + 2)) {
      if (this.text.slice(this.#scanned, end).includes("data: ")) this.#count += 1;
      this.#scanned = end + 2;
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

/** Opens a stream; resolves with its head, whatever the status. */
export function openSse(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<SseReader> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, method, headers: { accept: "text/event-stream", ...headers } });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => resolve(new SseReader(outgoing, response)));
    outgoing.end();
  });
}

function parse(text: string): SseEvent[] {
  const blocks = text.split("\n\n").slice(0, -1);
  return blocks.flatMap((block) => {
    const fields = new Map(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), textAfterColon(line)]));
    const data = fields.get("data");
    if (data === undefined) return [];
    return [{ id: fields.get("id") ?? "", event: fields.get("event") ?? "message", data: JSON.parse(data) }];
  });
}

function textAfterColon(line: string): string {
  return line.slice(line.indexOf(":") + 1).trimStart();
}
