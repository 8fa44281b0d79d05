/** Streams on `node:http`. */
import type { OpenStream } from "../stream.ts";
import type { HttpCall } from "./http-call.ts";

/** Begins a stream on a response whose head has been written. */
export function openStream(call: HttpCall, open: OpenStream): void {
  const { response } = call;
  const listener = open({
    write: (chunk) => response.write(chunk),
    end: () => response.end(),
    cut: () => response.destroy(),
  });
  response.on("drain", () => listener.drained());
  call.undelivered = () => listener.closed();
}
