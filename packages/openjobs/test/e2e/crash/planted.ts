/** Short recorded histories, to prove that the checker sees what was planted in them. */

import { jobId } from "../../support/jobs.ts";
import type { Exchange, Wire } from "../../support/raw-ojs.ts";
import { checkHistory, type Violation } from "./checker.ts";
import { readHistory } from "./history.ts";

/** A history under construction; every step takes two milliseconds unless `time` moves. */
export class Recording {
  readonly exchanges: Exchange[] = [];
  readonly #jobs = new Map<string, Wire>();
  /** Unix milliseconds. */
  time = 1_000_000;

  /** A request with the status of its answer. */
  exchange(method: string, path: string, body: Wire, status: number | "lost" = "lost", answer?: Wire): void {
    const sentAt = this.time;
    this.time += 1;
    const exchange: Exchange = { method, path, body, sentAt };
    if (status !== "lost") {
      exchange.answer = { status, headers: {}, text: JSON.stringify(answer), body: answer, at: this.time };
    }
    this.exchanges.push(exchange);
    this.time += 1;
  }

  /** Enqueues job n; `now` is how GET shows it after the restart, "absent" if not at all. */
  enqueue(n: number, now: Wire | "absent", status: number | "lost" = 201): this {
    this.exchange("POST", "/jobs", this.#sent(n, now), status, {});
    return this;
  }

  batch(jobs: readonly (readonly [number, Wire | "absent"])[], status?: number | "lost"): this {
    this.exchange("POST", "/jobs/batch", { jobs: jobs.map(([n, now]) => this.#sent(n, now)) }, status, {});
    return this;
  }

  fetch(n: number | undefined, claim: Wire = {}, status: number | "lost" = 200): this {
    const { attempt = 1, leaseMs = 60_000, worker = `w${this.time}`, args = [n] } = claim;
    const jobs = n === undefined ? [] : [{ id: jobId(n), attempt, lease: claim.lease ?? attempt, args }];
    const body = { queues: ["q"], worker_id: worker, count: 1, visibility_timeout_ms: leaseMs };
    this.exchange("POST", "/workers/fetch", body, status, { jobs });
    return this;
  }

  ack(n: number, result: Wire, status?: number | "lost", lease = 1, completedAt = this.time): this {
    this.exchange("POST", "/workers/ack", { job_id: jobId(n), lease, result }, status, {
      state: "completed",
      completed_at: new Date(completedAt).toISOString(),
    });
    return this;
  }

  nack(n: number, message: string, status?: number | "lost", more: Wire = {}): this {
    const { state = "retryable", lease = 1, ...body } = more;
    const error = { code: "planned_failure", message, retryable: state !== "discarded" };
    this.exchange("POST", "/workers/nack", { job_id: jobId(n), lease, error, ...body }, status, { state });
    return this;
  }

  cancel(n: number, status?: number | "lost"): this {
    this.exchange("DELETE", `/jobs/${jobId(n)}`, undefined, status, {});
    return this;
  }

  violations(): readonly Violation[] {
    return checkHistory(readHistory(this.exchanges), this.#jobs);
  }

  /** The names of the broken rules, each once. */
  broken(): readonly string[] {
    return [...new Set(this.violations().map(({ rule }) => rule))];
  }

  #sent(n: number, now: Wire | "absent"): Wire {
    const sent = { id: jobId(n), type: "t", args: [n], meta: {}, options: { queue: "q", retry: { max_attempts: 3 } } };
    const { options, ...plain } = sent;
    const shown = { ...plain, queue: "q", max_attempts: 3, state: "available", attempt: 0 };
    this.#jobs.set(sent.id, now === "absent" ? undefined : { ...shown, ...now });
    return sent;
  }
}
