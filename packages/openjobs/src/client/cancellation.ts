/**
 * How a request under way is called off. Making an abort signal and listening to it costs as much as everything else that
 * a client does for a request, so a transport of ours is given this instead, and only others are given a signal.
 */
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** A transport that can do without signals. */
export interface CancellingTransport extends Transport {
  /** Like `request`, but called off by `cancellation` instead of the request's signal. */
  requestUnless(cancellation: Cancellation, request: TransportRequest): Promise<TransportResponse>;
}

/** See above. */
export class Cancellation {
  #controller: AbortController | undefined;
  #listener: ((reason: unknown) => void) | undefined;
  #cancelled: { readonly reason: unknown } | undefined;

  /** For those who need one; made on demand. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cancelled !== undefined) this.#controller.abort(this.#cancelled.reason);
    }
    return this.#controller.signal;
  }

  /** Set once nobody waits any more. */
  get cancelled(): { readonly reason: unknown } | undefined {
    return this.#cancelled;
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
}

/** Sends a request by whichever way the transport has. */
export function requestUnless(
  cancellation: Cancellation,
  transport: Transport,
  request: TransportRequest,
): Promise<TransportResponse> {
  if (isCancelling(transport)) return transport.requestUnless(cancellation, request);
  return transport.request({ ...request, signal: cancellation.signal });
}

function isCancelling(transport: Transport): transport is CancellingTransport {
  return "requestUnless" in transport && typeof transport.requestUnless === "function";
}
