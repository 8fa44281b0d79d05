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
  routed(this: void, path: string): void;
  end(answer: Answer): void;
  /** `cause` is what was really thrown; it is logged only when clients are not shown it. */
  fail(answer: Answer, shown: OjsError, cause: unknown): void;
}

const JOBS_NAMED = 20;

/** Creates the log; `now` is in milliseconds. */
export function createRequestLog(logger: Logger, now: () => number): RequestLog {
  const wanted = (level: string): boolean => logger.isLevelEnabled?.(level) ?? true;
  return {
    begin({ method }, requestId) {
      const startedAt = now();
      let route: string | undefined;
      const facts = (answer: Answer): object => {
        const named = answer.jobs?.slice(0, JOBS_NAMED).map(({ id }) => id) ?? [];
        const jobs = named.length === 1 ? { "ojs.job_id": named[0] } : named.length > 1 ? { "ojs.job_ids": named } : {};
        return {
          request_id: requestId,
          method,
          route,
          status: answer.status,
          ms: Math.round((now() - startedAt) * 100) / 100,
          ...jobs,
        };
      };
      return {
        routed: (path) => {
          route = path;
        },
        end(answer) {
          if (wanted("debug")) logger.debug(facts(answer), "request answered");
        },
        fail(answer, shown, cause) {
          // Not the message: it may quote what was wrong, and that may be an argument.
          const refused = { ...facts(answer), code: shown.code, field: shown.details?.field };
          if (answer.status >= 500) logger.error({ ...refused, err: cause }, "request failed");
          else if (wanted("info")) logger.info(refused, "request refused");
        },
      };
    },
  };
}
