/**
 * Reads an event stream as the HTML standard says (§9.2.6). Bytes may be cut anywhere, in the middle of a character or
 * between a CR and its LF; lines may end with any of CR, LF and CRLF.
 */

/** One event of the stream. */
export interface SseMessage {
  /** Its `event` field; `message` when it has none. */
  readonly type: string;
  /** Its lines of data, with line feeds between; undefined when it was longer than the parser takes, and was dropped. */
  readonly data: string | undefined;
  /** The last id that the stream has named, with this event or before; empty when there was none. */
  readonly id: string;
}

/** Characters of one event. A result of a megabyte, every character of it escaped, is shorter. */
const MAX_EVENT_CHARS = 8_388_608;

const LINE_END = /[\r\n]/g;

/** One stream. */
export class SseParser {
  readonly #decoder = new TextDecoder();
  readonly #maxChars: number;
  /** The line that has begun. */
  #line = "";
  /** Whether the last character was a CR: a LF behind it belongs to it. */
  #endsWithCr = false;
  #type = "";
  #data: string | undefined;
  #isTooLong = false;
  /** Counts for the events from the next blank line on. */
  #id = "";
  #lastId = "";
  #retryMs: number | undefined;

  constructor(maxChars: number = MAX_EVENT_CHARS) {
    this.#maxChars = maxChars;
  }

  /** The last id that counts: what to come back with. */
  get lastId(): string {
    return this.#lastId;
  }

  /** How long the server wants one to wait before coming back; undefined when it has not said. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /** The events that these bytes complete. What is incomplete when the stream ends is no event. */
  push(bytes: Uint8Array): readonly SseMessage[] {
    const messages: SseMessage[] = [];
    const text = this.#decoder.decode(bytes, { stream: true });
    let begin = 0;
    for (const { index } of text.matchAll(LINE_END)) {
      const isSecondHalf = index === begin && this.#endsWithCr && text[index] === "\n";
      if (!isSecondHalf) {
        this.#append(text.slice(begin, index));
        this.#endLine(messages);
      }
      this.#endsWithCr = text[index] === "\r";
      begin = index + 1;
    }
    if (begin < text.length) {
      this.#append(text.slice(begin));
      this.#endsWithCr = false;
    }
    return messages;
  }

  /** What does not fit is cut off: of a comment nobody misses it, and an event is marked. */
  #append(text: string): void {
    const room = this.#maxChars - this.#line.length - (this.#data?.length ?? 0);
    if (text === "" || text.length <= room) {
      this.#line += text;
      return;
    }
    // Of a line that has begun something stays, or it would be taken for the blank one that ends an event.
    this.#line += text.slice(0, Math.max(room, this.#line === "" ? 1 : 0));
    if (!this.#line.startsWith(":")) this.#isTooLong = true;
  }

  #endLine(messages: SseMessage[]): void {
    const line = this.#line;
    this.#line = "";
    if (line === "") this.#endEvent(messages);
    else this.#readField(line);
  }

  #readField(line: string): void {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.#retryMs = Number(value);
  }

  #endEvent(messages: SseMessage[]): void {
    this.#lastId = this.#id;
    const data = this.#isTooLong ? undefined : this.#data;
    if (this.#isTooLong || (data !== undefined && data !== "")) {
      messages.push({ type: this.#type === "" ? "message" : this.#type, data, id: this.#lastId });
    }
    this.#type = "";
    this.#data = undefined;
    this.#isTooLong = false;
  }
}
