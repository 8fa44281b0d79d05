/** A TCP connection on which a test writes bytes as it likes and reads what comes back. */
import { connect, type Socket } from "node:net";

/** One answer, read off the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** See {@link openConnection}. */
export interface RawConnection extends Disposable {
  readonly socket: Socket;
  write(bytes: string | Uint8Array): void;
  /** The next complete answer; rejects when the connection ends before it. */
  answer(): Promise<RawAnswer>;
  /** Resolves when the other side has closed. */
  closed(): Promise<void>;
}

/** Connects to a port on this machine. */
export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let received = Buffer.alloc(0);
  let wake: () => void = () => undefined;
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  socket.on("error", () => wake());
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "close"]) socket.once(event, () => resolve());
  });
  void ended.then(() => wake());
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));

  async function answer(): Promise<RawAnswer> {
    for (;;) {
      const parsed = parseAnswer(received);
      if (parsed !== undefined) {
        received = received.subarray(parsed.length);
        return parsed.answer;
      }
      if (socket.destroyed || socket.readableEnded) throw new Error(`connection ended: ${received.toString()}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    answer,
    closed: () => ended,
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

function parseAnswer(bytes: Buffer): { readonly answer: RawAnswer; readonly length: number } | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [line = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((text) => {
      const [name = "", ...value] = text.split(":");
      return [name.toLowerCase(), value.join(":").trim()];
    }),
  );
  const start = end + 4;
  const length = start + Number(headers["content-length"] ?? 0);
  if (bytes.length < length) return undefined;
  const status = Number(line.split(" ")[1]);
  return { answer: { status, headers, body: bytes.subarray(start, length).toString() }, length };
}
