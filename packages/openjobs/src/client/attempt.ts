/** One try to get an answer: the transport against the timeout and the caller's signal, whichever is first. */
import { onAbort } from "../core/abort-listeners.ts";
import type { Clock } from "../core/clock.ts";
import { Cancellation, requestUnless } from "./cancellation.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** How a try ended. */
export type Attempt =
  | { readonly kind: "answered"; readonly response: TransportResponse }
  | { readonly kind: "timed-out" }
  | { readonly kind: "aborted"; readonly reason: unknown }
  | { readonly kind: "failed"; readonly cause: unknown };

/** When to give up. */
export interface AttemptLimits {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Never rejects, and settles in time even if the transport ignores its signal. Each try has a signal of its own, so that
 * nothing stays attached to a caller's long-lived one, whatever the transport does with it.
 */
export function attempt(
  transport: Transport,
  request: TransportRequest,
  { clock, timeoutMs, signal }: AttemptLimits,
): Promise<Attempt> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve({ kind: "aborted", reason: signal.reason });
    const cancellation = new Cancellation();
    const settle = (outcome: Attempt): void => {
      cancelTimer();
      stopListening?.();
      resolve(outcome);
    };
    const stopListening =
      signal &&
      onAbort(signal, () => {
        settle({ kind: "aborted", reason: signal.reason });
        cancellation.cancel(signal.reason);
      });
    const cancelTimer = clock.schedule(clock.now() + timeoutMs, () => {
      settle({ kind: "timed-out" });
      cancellation.cancel();
    });
    send(cancellation, transport, request).then(
      (response) => settle({ kind: "answered", response }),
      (cause: unknown) => settle({ kind: "failed", cause }),
    );
  });
}

/** A transport that throws instead of rejecting is no special case, nor is one with promises of its own kind. */
function send(cancellation: Cancellation, transport: Transport, request: TransportRequest): Promise<TransportResponse> {
  try {
    // Not `async`: a promise of the language is passed on as it is, without one of ours around it.
    return Promise.resolve(requestUnless(cancellation, transport, request));
  } catch (cause) {
    return Promise.reject(cause);
  }
}
