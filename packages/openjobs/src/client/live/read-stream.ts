/** Reads the body of a stream as fast as its reader asks for more, and no longer than the server gives signs of life. */
import { onAbort } from "../../core/abort-listeners.ts";
import type { Clock } from "../../core/clock.ts";

/** How long to read. */
export interface ReadLimits {
  readonly clock: Clock;
  /** A connection on which nothing comes for so long is taken for dead. Time in which nobody asks for more does not count. */
  readonly silenceMs: number;
  /** Aborting it ends the reading, and silence aborts it. */
  readonly connection: AbortController;
}

/** Ends with the body; rejects when the connection breaks, falls silent, or is aborted. */
export async function* readStream(
  body: AsyncIterable<Uint8Array>,
  { clock, silenceMs, connection }: ReadLimits,
): AsyncGenerator<Uint8Array, void> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const stopTimer = clock.schedule(clock.now() + silenceMs, () => {
        connection.abort(new Error(`nothing came for ${silenceMs} ms`));
      });
      const { done, value } = await orAborted(connection.signal, chunks.next()).finally(stopTimer);
      if (done) return;
      yield value;
    }
  } finally {
    connection.abort();
    // Not waited for: behind a look that is under way it might take for ever.
    chunks.return?.().catch(() => undefined);
  }
}

/** Settles like the promise, unless the signal is aborted before: a transport may ignore it. */
export function orAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const stopListening = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(stopListening);
  });
}
