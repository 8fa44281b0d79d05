/** What a worker and a thread that runs a handler for it say to each other. All of it can be cloned. */
import type { Job } from "../../core/codec/job-decode.ts";
import type { AbortCause } from "../../worker/abort-reason.ts";
import type { SentError } from "./sent-error.ts";

/** What a handler needs to know of its job. */
export interface SentContext {
  readonly job: Job;
  readonly workerId: string;
  readonly resumeFrom: unknown;
}

/** What a context does in the worker's own thread. */
export type RemoteMethod = "heartbeat" | "checkpoint" | "step";

/** An outcome, of a handler, of a call, or of the work of a step. */
export type SentOutcome = { readonly value: unknown } | { readonly error: SentError };

/** From the worker to the thread. */
export type ToThread =
  | { readonly kind: "run"; readonly module: string; readonly context: SentContext }
  | { readonly kind: "abort"; readonly cause: AbortCause | undefined; readonly reason: SentError }
  | { readonly kind: "answer"; readonly call: number; readonly outcome: SentOutcome }
  | { readonly kind: "work"; readonly call: number };

/** From the thread to the worker. */
export type FromThread =
  | { readonly kind: "ended"; readonly outcome: SentOutcome }
  | { readonly kind: "call"; readonly call: number; readonly method: RemoteMethod; readonly argument: unknown }
  | { readonly kind: "worked"; readonly call: number; readonly outcome: SentOutcome }
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly facts: unknown;
    }
  | { readonly kind: "progress"; readonly done: unknown; readonly data: unknown };
