/** A stream for callers without a socket: they read it with `for await`, and it goes on as fast as they do. */
import { onAbort } from "../core/abort-listeners.ts";
import type { OpenStream } from "./stream.ts";

/** Begins with the first look; ends with the stream, with the reader's loop, or with `signal`. */
export async function* readStream(open: OpenStream, signal: AbortSignal): AsyncGenerator<Uint8Array | string, void> {
  const chunks: (Uint8Array | string)[] = [];
  let hasEnded = false;
  let wake = (): void => undefined;
  const end = (): void => {
    hasEnded = true;
    wake();
  };
  const listener = open({
    write(chunk) {
      chunks.push(chunk);
      wake();
      return false; // until the reader comes for more
    },
    end,
    cut: end,
  });
  const stopListening = onAbort(signal, end);
  try {
    for (;;) {
      yield* chunks.splice(0);
      if (hasEnded || signal.aborted) return;
      listener.drained();
      if (chunks.length > 0 || hasEnded) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stopListening();
    listener.closed();
  }
}
