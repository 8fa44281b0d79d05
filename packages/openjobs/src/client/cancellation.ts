/**
 * How a request under way is called off. To transports it is the request's signal; ours listens without one, because
 * making a signal and listening to it costs as much as the rest of what a client does for a request.
 */
import type { TransportRequest } from "./transport.ts";

const cancellations = new WeakMap<TransportRequest, Cancellation>();

/** See above. */
export class Cancellation {
  /** With a signal that is made when somebody looks at it; whoever copies the request does. */
  readonly request: TransportRequest;
  #controller: AbortController | undefined;
  #listener: ((reason: unknown) => void) | undefined;
  #cancelled: { readonly reason: unknown } | undefined;

  constructor({ method, path, headers, body, repeatable = false }: Omit<TransportRequest, "signal">) {
    const signal = (): AbortSignal => this.#signal();
    this.request = {
      method,
      path,
      headers,
      repeatable,
      ...(body === undefined ? undefined : { body }),
      get signal() {
        return signal();
      },
    };
    cancellations.set(this.request, this);
  }

  /** Whom to tell; only the latest listener is kept. */
  onCancel(listener: (reason: unknown) => void): void {
    this.#listener = listener;
  }

  /** Nobody waits for the answer any more. */
  cancel(reason?: unknown): void {
    this.#cancelled = { reason };
    this.#controller?.abort(reason);
    this.#listener?.(reason);
  }

  #signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cancelled !== undefined) this.#controller.abort(this.#cancelled.reason);
    }
    return this.#controller.signal;
  }
}

/** The cancellation of this very request; undefined for a copy, which may have been given a signal of its own. */
export function cancellationOf(request: TransportRequest): Cancellation | undefined {
  return cancellations.get(request);
}
