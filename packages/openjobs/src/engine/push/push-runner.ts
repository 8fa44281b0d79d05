/**
 * Calls one function with the jobs of its queues, as a worker would run them: it claims, calls, and ends the job as the answer
 * says. What goes wrong on the way is told apart from what the function says (ojs-serverless §7).
 */

import { OjsError } from "../../core/errors.ts";
import type { HandedJob } from "../../core/handed-job.ts";
import {
  afterFailure,
  afterRefusal,
  afterSuccess,
  allowedBy,
  type Circuit,
  type CircuitState,
  circuitState,
  HEALTHY,
} from "../../core/push/circuit.ts";
import { COLD_START_MS, type PushEndpoint, pushLeaseMs, takesType } from "../../core/push/endpoint.ts";
import { type PushVerdict, verdictOn } from "../../core/push/reply.ts";
import { ack } from "../ack.ts";
import type { EngineContext } from "../context.ts";
import { fetch, release } from "../fetch.ts";
import { nack } from "../nack.ts";
import type { WebhookReply, WebhookSender } from "../webhooks/webhook-sender.ts";
import { pushRequest, workerIdOf } from "./push-request.ts";

/** What a runner needs of an engine. */
export interface PushRunnerParts {
  readonly context: EngineContext;
  readonly sender: WebhookSender;
  /** Hears that the function is gone, and why. */
  readonly gone: (endpoint: PushEndpoint, reason: string) => void;
}

/** How long one wait for jobs lasts. */
const WAIT_MS = 30_000;
/** After trouble with the storage, and after jobs that are all for somebody else. */
const REST_MS = 1_000;
/** After so long without a call the next one may find the function cold. */
const IDLE_MS = 300_000;
/** What has to be left of a lease for the outcome to be stored. */
const MARGIN_MS = 1_000;

/** See above. Runs from its creation until it is stopped. */
export class PushRunner {
  readonly endpoint: PushEndpoint;
  readonly #parts: PushRunnerParts;
  readonly #stop = new AbortController();
  readonly #calls = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  #circuit: Circuit = HEALTHY;
  #lastCallAt = Number.NEGATIVE_INFINITY;
  /** Ends a pause early. */
  #wake: () => void = () => {};

  constructor(endpoint: PushEndpoint, parts: PushRunnerParts) {
    this.endpoint = endpoint;
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** How the endpoint is doing. */
  get circuit(): CircuitState {
    return circuitState(this.#circuit, this.#now());
  }

  /** Claims nothing more, breaks off its calls and gives their jobs back. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
    await Promise.all(this.#calls);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const free = allowedBy(this.#circuit, this.endpoint.maxConcurrency, this.#now()) - this.#calls.size;
      if (free > 0) await this.#claim(free);
      else await this.#pause(this.#restMs());
    }
  }

  /** How long nothing is sent, whatever comes back meanwhile. */
  #restMs(): number {
    const rest = (this.#circuit.closedAgainAt ?? 0) - this.#now();
    return rest > 0 ? rest : Number.POSITIVE_INFINITY;
  }

  async #claim(count: number): Promise<void> {
    const { context } = this.#parts;
    const { queues } = this.endpoint;
    const workerId = workerIdOf(this.endpoint);
    const terms = { queues, count, workerId, visibilityMs: pushLeaseMs(this.endpoint), waitMs: WAIT_MS };
    try {
      const jobs = await fetch(context, { ...terms, signal: this.#stop.signal });
      const mine = jobs.filter(({ type }) => takesType(this.endpoint, type));
      for (const job of mine) this.#start(job);
      if (mine.length === jobs.length) return;
      await release(
        context,
        jobs.filter((job) => !mine.includes(job)),
      );
      // They are at the end of their queue now; if there is nothing else in it, they come again.
      if (mine.length === 0) await this.#pause(REST_MS);
    } catch (error) {
      context.onError(error, `push endpoint ${this.endpoint.id}`);
      await this.#pause(REST_MS);
    }
  }

  #start(job: HandedJob): void {
    const call = this.#call(job).catch((error: unknown) => {
      // Its lease ends, and it is handed out again.
      this.#parts.context.onError(error, `push of job ${job.id}`);
    });
    this.#calls.add(call);
    void call.finally(() => {
      this.#calls.delete(call);
      this.#wake();
    });
  }

  async #call(job: HandedJob): Promise<void> {
    const { context, sender } = this.#parts;
    const now = this.#now();
    const isCold = now - this.#lastCallAt > IDLE_MS;
    this.#lastCallAt = now;
    const { signal } = this.#stop;
    const request = pushRequest(this.endpoint, job, now, this.#timeLeft(job, now, isCold));
    const reply = await sender.post(request, signal);
    if (signal.aborted && reply.statusCode === null) return release(context, [job]);
    // A function that was started for this call may well be about to answer: by itself, to /workers/ack (§3.4, §8.2).
    if (reply.timedOut && isCold) await this.#pauseFor(COLD_START_MS);
    await this.#settle(job, reply);
  }

  /** A job's own lease and the server's patience with it end sooner or later, whatever the endpoint may take. */
  #timeLeft({ leaseUntil, timeoutAt }: HandedJob, now: number, isCold: boolean): number {
    const wanted = this.endpoint.timeoutMs + (isCold ? COLD_START_MS : 0);
    const until = Math.min(leaseUntil ?? Number.POSITIVE_INFINITY, timeoutAt ?? Number.POSITIVE_INFINITY);
    return Math.max(1, Math.min(wanted, until - now - MARGIN_MS));
  }

  async #settle(job: HandedJob, reply: WebhookReply): Promise<void> {
    const verdict = verdictOn(reply);
    this.#note(verdict, reply);
    try {
      await this.#end(job, verdict);
    } catch (error) {
      // It was cancelled, its time was up, or the function has reported by itself.
      if (!(error instanceof OjsError) || (error.code !== "conflict" && error.code !== "not_found")) throw error;
    }
  }

  async #end({ id, lease }: HandedJob, verdict: PushVerdict): Promise<void> {
    const { context } = this.#parts;
    const claim = { jobId: id, fence: { lease } };
    if (verdict.kind === "completed") await ack(context, { ...claim, result: verdict.result });
    else await nack(context, { ...claim, failure: verdict.failure, requeue: false });
  }

  #note({ health }: PushVerdict, { retryAfterMs, error }: WebhookReply): void {
    const now = this.#now();
    if (health === "well") this.#circuit = afterSuccess();
    else if (health === "failing") this.#circuit = afterFailure(this.#circuit, now);
    else if (health === "busy") this.#circuit = afterRefusal(this.#circuit, retryAfterMs, now);
    else this.#parts.gone(this.endpoint, error ?? "");
  }

  /** Until something has changed, at most so long. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const { clock } = this.#parts.context;
      const cancel = ms === Number.POSITIVE_INFINITY ? () => {} : clock.schedule(this.#now() + ms, () => this.#wake());
      this.#wake = () => {
        cancel();
        this.#wake = () => {};
        resolve();
      };
      if (this.#stop.signal.aborted) this.#wake();
    });
  }

  /** So long, whatever happens, unless it is stopped. */
  #pauseFor(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.context.clock.schedule(this.#now() + ms, resolve);
      const stop = (): void => {
        cancel();
        resolve();
      };
      if (this.#stop.signal.aborted) stop();
      else this.#stop.signal.addEventListener("abort", stop, { once: true });
    });
  }

  #now(): number {
    return this.#parts.context.clock.now();
  }
}
