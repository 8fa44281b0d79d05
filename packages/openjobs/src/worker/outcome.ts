/** From what a handler did to what the server is told. */
import type { JsonText } from "../core/job.ts";
import { findUnserialisable, stringifyJson } from "../core/json.ts";
import { type AbortCause, JobAbortError } from "./abort-reason.ts";
import { type FailureReport, report, reportFailure } from "./failure-report.ts";

/** How one execution ended: returned, threw, or did not stop in time after its signal was aborted. */
export type Ending =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "threw"; readonly error: unknown }
  | { readonly kind: "abandoned" };

/** What to tell the server; `silence` when it already counts the job as somebody else's. */
export type Outcome =
  | { readonly kind: "ack"; readonly result: JsonText | undefined }
  | { readonly kind: "nack"; readonly error: FailureReport; readonly requeue: boolean }
  | { readonly kind: "silence" };

const SHUTDOWN = report("shutdown", "the worker shut down before the job completed", {
  code: "shutdown",
});
const TIMEOUT = report("timeout", "the job exceeded its execution timeout", { code: "timeout" });

/** Decides the outcome of an execution whose signal may have been aborted. */
export function outcomeOf(ending: Ending, signal: AbortSignal): Outcome {
  const cause = causeOf(signal);
  if (cause === "cancelled" || cause === "lease_lost") return { kind: "silence" };
  if (ending.kind === "returned") return ackOf(ending.value);
  if (cause === "shutdown") return { kind: "nack", error: SHUTDOWN, requeue: true };
  if (cause === "timeout") return { kind: "nack", error: TIMEOUT, requeue: false };
  const thrown = ending.kind === "threw" ? ending.error : undefined;
  return { kind: "nack", error: reportFailure(thrown), requeue: false };
}

/** The outcome of a job whose result the server refuses: trying again would only produce it again. */
export function resultRejected(why: string): Outcome {
  const error = report("result_rejected", `the handler's result cannot be stored: ${why}`, {
    code: "result_rejected",
    retryable: false,
  });
  return { kind: "nack", error, requeue: false };
}

function ackOf(value: unknown): Outcome {
  if (value === undefined) return { kind: "ack", result: undefined };
  const fault = findUnserialisable(value);
  if (fault !== undefined) return resultRejected(`${fault.reason} at ${fault.path}`);
  return { kind: "ack", result: stringifyJson(value) };
}

function causeOf(signal: AbortSignal): AbortCause | undefined {
  return signal.reason instanceof JobAbortError ? signal.reason.cause : undefined;
}
