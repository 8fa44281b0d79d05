/** From what a handler did to what the server is told. */
import type { JsonText } from "../core/job.ts";
import { stringifyJson } from "../core/json.ts";
import type { AbortCause } from "./abort-reason.ts";
import type { ReportFailure } from "./error-reporter.ts";
import { type FailureReport, isVerdict, report } from "./failure-report.ts";

/** How one execution ended: returned, threw, or did not stop in time after its signal was aborted. */
export type Ending =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "threw"; readonly error: unknown }
  | { readonly kind: "abandoned" };

/** What the server is told. */
export type Told =
  | { readonly kind: "ack"; readonly result: JsonText | undefined }
  | { readonly kind: "nack"; readonly error: FailureReport; readonly requeue: boolean };

/** What is to be told; `silence` when the server already counts the job as somebody else's. */
export type Outcome = Told | { readonly kind: "silence" };

const SHUTDOWN = report("shutdown", "the worker shut down before the job completed", { code: "shutdown" });
const TIMEOUT = report("timeout", "the job exceeded its execution timeout", { code: "timeout" });

/** Decides the outcome of an execution that may have been told to stop. */
export function outcomeOf(ending: Ending, cause: AbortCause | undefined, reportFailure: ReportFailure): Outcome {
  if (cause === "cancelled" || cause === "lease_lost") return { kind: "silence" };
  if (ending.kind === "returned") return ackOf(ending.value);
  const failure = reportFailure(ending.kind === "threw" ? ending.error : undefined);
  // Not even a shutdown makes a job worth another try whose handler has said what is to become of it.
  if (isVerdict(failure)) return failed(failure);
  if (cause === "shutdown") return { kind: "nack", error: SHUTDOWN, requeue: true };
  return failed(cause === "timeout" ? TIMEOUT : failure);
}

/** The outcome of a job whose result cannot be kept: trying again would only produce it again. */
export function resultRejected(why: string): Told {
  const message = `the handler's result cannot be stored: ${why}`;
  return failed(report("result_rejected", message, { code: "result_rejected", retryable: false }));
}

function failed(error: FailureReport): Told {
  return { kind: "nack", error, requeue: false };
}

/**
 * What JSON drops from a result (undefined members) or softens (NaN) is no reason to fail a job whose work is done; what
 * it cannot write at all (circles, bigints) is.
 */
function ackOf(value: unknown): Outcome {
  if (value === undefined) return { kind: "ack", result: undefined };
  try {
    return { kind: "ack", result: stringifyJson(value) };
  } catch (error) {
    return resultRejected(error instanceof Error ? error.message : String(error));
  }
}
