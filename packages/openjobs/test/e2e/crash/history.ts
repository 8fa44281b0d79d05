/** What clients did and what they were told, read off the exchanges of {@link RawOjs} and sorted by job. */
import type { Exchange, Wire } from "../../support/raw-ojs.ts";

/** When an operation can have happened, and what was said about it. Times are Unix milliseconds. */
export interface Operation {
  readonly sentAt: number;
  /** Infinity when there was no answer. */
  readonly answeredAt: number;
  /** Undefined when there was no answer: it may have happened or not. */
  readonly status: number | undefined;
}

/** A job as its producer sent it. */
export interface SentJob {
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  /** JSON text. */
  readonly args: string;
  readonly meta: string;
  readonly maxAttempts: number;
}

/** One job or a batch. */
export interface Enqueue extends Operation {
  readonly jobs: readonly SentJob[];
}

/** A worker's request for jobs. */
export interface Fetch extends Operation {
  readonly workerId: string;
  readonly queues: readonly string[];
  readonly count: number;
  readonly leaseMs: number;
}

/** A job that a worker was given. */
export interface Handout {
  readonly fetch: Fetch;
  readonly attempt: number;
  readonly lease: number | undefined;
  readonly args: string;
}

/** An ack or a nack. */
export interface Outcome extends Operation {
  readonly kind: "ack" | "nack";
  readonly fence: { readonly lease?: number; readonly attempt?: number; readonly worker_id?: string };
  /** JSON text of an ack's result. */
  readonly result: string;
  /** Message of a nack's error, unique to it. */
  readonly message: string;
  readonly requeue: boolean;
  readonly retryable: boolean;
  /** State that the answer to a nack tells. */
  readonly answeredState: string | undefined;
  /** The body that was sent: a repeated request has the same one. */
  readonly text: string;
}

/** Everything about one job. */
export interface JobHistory {
  readonly id: string;
  readonly enqueues: Enqueue[];
  readonly handouts: Handout[];
  readonly outcomes: Outcome[];
  readonly cancels: Operation[];
  sent: SentJob | undefined;
}

/** Everything. */
export interface History {
  readonly jobs: ReadonlyMap<string, JobHistory>;
  readonly enqueues: readonly Enqueue[];
  readonly fetches: readonly Fetch[];
  /** Writes in the order of sending. */
  readonly writes: readonly (Operation & { readonly what: string })[];
}

/** True when the server said that it did it. */
export function succeeded({ status }: Operation): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

/** True when there was no answer. */
export function unanswered({ status }: Operation): boolean {
  return status === undefined;
}

/** Sorts exchanges by job; reads (GET) are no part of a history. */
export function readHistory(exchanges: readonly Exchange[]): History {
  const reader = new Reader();
  for (const exchange of exchanges) reader.read(exchange);
  return reader;
}

class Reader implements History {
  readonly jobs: Map<string, JobHistory> = new Map();
  readonly enqueues: Enqueue[] = [];
  readonly fetches: Fetch[] = [];
  readonly writes: (Operation & { readonly what: string })[] = [];

  read(exchange: Exchange): void {
    const { method, path, body, sentAt, answer } = exchange;
    if (method === "GET") return;
    const operation = { sentAt, answeredAt: answer?.at ?? Number.POSITIVE_INFINITY, status: answer?.status };
    this.writes.push({ ...operation, what: `${method} ${path}` });
    if (path === "/jobs") this.#enqueue(operation, [body]);
    else if (path === "/jobs/batch") this.#enqueue(operation, body.jobs);
    else if (path === "/workers/fetch") this.#fetch(operation, body, answer?.body);
    else if (path === "/workers/ack") this.#outcome("ack", operation, body, answer?.body);
    else if (path === "/workers/nack") this.#outcome("nack", operation, body, answer?.body);
    else if (method === "DELETE") this.#job(path.replace("/jobs/", "")).cancels.push(operation);
  }

  #enqueue(operation: Operation, bodies: readonly Wire[]): void {
    const enqueue = { ...operation, jobs: bodies.map(sentJob) };
    this.enqueues.push(enqueue);
    for (const sent of enqueue.jobs) {
      const job = this.#job(sent.id);
      job.sent = sent;
      job.enqueues.push(enqueue);
    }
  }

  #fetch(operation: Operation, body: Wire, answer: Wire): void {
    const fetch: Fetch = {
      ...operation,
      workerId: body.worker_id,
      queues: body.queues,
      count: body.count ?? 1,
      leaseMs: body.visibility_timeout_ms,
    };
    this.fetches.push(fetch);
    if (!succeeded(operation)) return;
    for (const { id, attempt, lease, args } of answer.jobs) {
      this.#job(id).handouts.push({ fetch, attempt, lease, args: JSON.stringify(args) });
    }
  }

  #outcome(kind: "ack" | "nack", operation: Operation, body: Wire, answer: Wire): void {
    const { job_id, lease, attempt, worker_id, result = null, error, requeue = false } = body;
    this.#job(job_id).outcomes.push({
      ...operation,
      kind,
      fence: {
        ...(lease === undefined ? {} : { lease }),
        ...(attempt === undefined ? {} : { attempt }),
        ...(worker_id === undefined ? {} : { worker_id }),
      },
      result: JSON.stringify(result),
      message: error?.message ?? "",
      requeue,
      retryable: error?.retryable ?? true,
      answeredState: succeeded(operation) ? answer.state : undefined,
      text: JSON.stringify(body),
    });
  }

  #job(id: string): JobHistory {
    let job = this.jobs.get(id);
    if (job === undefined) {
      job = { id, enqueues: [], handouts: [], outcomes: [], cancels: [], sent: undefined };
      this.jobs.set(id, job);
    }
    return job;
  }
}

function sentJob({ id, type, args, meta = {}, options = {} }: Wire): SentJob {
  return {
    id,
    type,
    queue: options.queue ?? "default",
    args: JSON.stringify(args),
    meta: JSON.stringify(meta),
    maxAttempts: options.retry?.max_attempts ?? 3,
  };
}
