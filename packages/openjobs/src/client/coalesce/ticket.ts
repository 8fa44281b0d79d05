/** One `enqueue` call on its way in company: whatever becomes of the others, it is settled once and by itself. */
import { onAbort } from "../../core/abort-listeners.ts";
import type { EncodedJob } from "../../core/codec/enqueue-encode.ts";
import type { Job } from "../../core/codec/job-decode.ts";
import { type OjsErrorExtra, ojsError } from "../../core/errors.ts";

/** See above. */
export class Ticket {
  readonly job: EncodedJob;
  readonly signal: AbortSignal | undefined;
  /** Unix milliseconds. */
  readonly deadline: number;
  readonly promise: Promise<Job>;
  #resolve: (job: Job) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #stopListening: (() => void) | undefined;
  readonly #onSettled: (ticket: Ticket) => void;
  #settled = false;

  /** @param onSettled Hears once that the call is over, however it ended. */
  constructor(
    job: EncodedJob,
    { signal, deadline }: { readonly signal: AbortSignal | undefined; readonly deadline: number },
    onSettled: (ticket: Ticket) => void,
  ) {
    this.job = job;
    this.signal = signal;
    this.deadline = deadline;
    this.#onSettled = onSettled;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (signal !== undefined) this.#stopListening = onAbort(signal, () => this.#abort(signal));
  }

  /** Somebody else watches the caller's signal from now on. */
  stopListening(): void {
    this.#stopListening?.();
  }

  get settled(): boolean {
    return this.#settled;
  }

  resolve(job: Job): void {
    if (this.#settle()) this.#resolve(job);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  /** Its time is over. */
  expire(): void {
    this.reject(ojsError("timeout", "enqueue got no answer in the time it had.", this.#context()));
  }

  #abort({ reason }: AbortSignal): void {
    this.reject(ojsError("aborted", "enqueue was aborted by the caller.", { ...this.#context(), cause: reason }));
  }

  #context(): OjsErrorExtra {
    return { operation: "enqueue", jobId: this.job.id, queue: this.job.queue };
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#stopListening?.();
    this.#onSettled(this);
    return true;
  }
}
