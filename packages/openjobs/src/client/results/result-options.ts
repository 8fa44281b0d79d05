/** What `client.result` is told. */
import type { Duration } from "../../core/duration.ts";

/** How long to wait for a result. */
export interface ResultOptions {
  /** Longest wait. Default: for as long as the job takes. */
  readonly timeout?: Duration;
  /** Aborting it ends the wait with an OjsError `aborted`; the job goes on. */
  readonly signal?: AbortSignal;
}

/** A job whose result is waited for: what `enqueue` returned, or as much of it. */
export interface AwaitedJob<Result> {
  readonly id: string;
  /** When very many are waited for, those whose queue is known take less. */
  readonly queue?: string;
  /** The middleware that dropped it: then there is nothing to wait for. */
  readonly droppedBy?: string;
  /** For the compiler: the type of what is waited for. */
  readonly result?: Result;
}
