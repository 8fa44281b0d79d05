/**
 * A subscription of an official SDK: its request, and the answer in the way of the weakest parser among them, the Rust SDK's
 * (sdk-wire-contract §1.8). That one splits at line feeds only, and decodes each chunk for itself; here a chunk is one byte.
 */
import { get, type IncomingMessage } from "node:http";

/** One event as the SDK hands it to its application. */
export interface SdkEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/** See above. */
export interface SdkSubscription extends Disposable {
  readonly status: number;
  readonly contentType: string | undefined;
  /** The next event of this type; others are passed over. */
  next(type: string): Promise<SdkEvent>;
}

/** Connects; `headers` are lines, sent as they are. */
export async function subscribeTo(port: number, path: string, headers: readonly string[]): Promise<SdkSubscription> {
  const lines = headers.flatMap((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);
  const host = `127.0.0.1:${port}`;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { port, host: "127.0.0.1", path, headers: ["Host", host, ...lines] };
    get(options, resolve).on("error", reject);
  });
  // Ends by being destroyed.
  answer.on("error", () => undefined);
  const events = eventsOf(answer);
  return {
    status: answer.statusCode ?? 0,
    contentType: answer.headers["content-type"],
    async next(type) {
      for (;;) {
        const { done, value } = await events.next();
        if (done === true) throw new Error(`the stream ended before an event ${type}`);
        if (value.type === type) return value;
      }
    },
    [Symbol.dispose]: () => void answer.destroy(),
  };
}

async function* eventsOf(answer: AsyncIterable<Uint8Array>): AsyncGenerator<SdkEvent, void> {
  let line = "";
  let event = { id: "", type: "message", data: "" };
  for await (const chunk of answer) {
    for (const byte of chunk) {
      const sign = Buffer.of(byte).toString("utf8");
      if (sign !== "\n") {
        line += sign;
        continue;
      }
      if (line === "") {
        if (event.data !== "") yield event;
        event = { id: "", type: "message", data: "" };
      } else event = read(line, event);
      line = "";
    }
  }
}

function read(line: string, event: SdkEvent): SdkEvent {
  const [, field, value = ""] = /^(event|id|data):\s*(.*)$/.exec(line) ?? [];
  if (field === "event") return { ...event, type: value };
  if (field === "id") return { ...event, id: value };
  if (field === "data") return { ...event, data: event.data === "" ? value : `${event.data}\n${value}` };
  return event;
}
