/**
 * One log line a request: every request at `debug`, refused ones at `info`, failed ones at `error`. A busy server would
 * otherwise spend more on its log than on its jobs.
 */
import type { OjsError } from "../core/errors.ts";
import type { RequestHead } from "./exchange.ts";
import type { Logger } from "./logger.ts";
import type { Answer } from "./route.ts";

/** Writes about requests. */
export interface RequestLog {
  begin(head: RequestHead, requestId: string): RequestEntry;
}

/** What becomes of one request. */
export interface RequestEntry {
  /** The pattern of the route that was found: paths themselves would carry ids into every aggregate. */
  routed(path: string): void;
  end(answer: Answer): void;
  /** `cause` is what was really thrown; it is logged only when clients are not shown it. */
  fail(answer: Answer, shown: OjsError, cause: unknown): void;
}

const JOBS_NAMED = 20;

/** Creates the log; `now` is in milliseconds. */
export function createRequestLog(logger: Logger, now: () => number): RequestLog {
  return { begin: ({ method }, requestId) => new Entry(logger, now, { method, requestId }) };
}

/** A class, so that a request about which nothing is logged makes one object and no closures. */
class Entry implements RequestEntry {
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #head: { readonly method: string; readonly requestId: string };
  readonly #startedAt: number;
  #route: string | undefined;

  constructor(logger: Logger, now: () => number, head: { readonly method: string; readonly requestId: string }) {
    this.#logger = logger;
    this.#now = now;
    this.#head = head;
    this.#startedAt = now();
  }

  routed(path: string): void {
    this.#route = path;
  }

  end(answer: Answer): void {
    if (this.#wants("debug")) this.#logger.debug(this.#facts(answer), "request answered");
  }

  fail(answer: Answer, shown: OjsError, cause: unknown): void {
    // Not the message: it may quote what was wrong, and that may be an argument.
    const refused = { ...this.#facts(answer), code: shown.code, field: shown.details?.field };
    if (answer.status >= 500) this.#logger.error({ ...refused, err: cause }, "request failed");
    else if (this.#wants("info")) this.#logger.info(refused, "request refused");
  }

  #wants(level: string): boolean {
    return this.#logger.isLevelEnabled?.(level) ?? true;
  }

  #facts(answer: Answer): object {
    const named = answer.jobs?.slice(0, JOBS_NAMED).map(({ id }) => id) ?? [];
    const jobs = named.length === 1 ? { "ojs.job_id": named[0] } : named.length > 1 ? { "ojs.job_ids": named } : {};
    return {
      request_id: this.#head.requestId,
      method: this.#head.method,
      route: this.#route,
      status: answer.status,
      ms: Math.round((this.#now() - this.#startedAt) * 100) / 100,
      ...jobs,
    };
  }
}
