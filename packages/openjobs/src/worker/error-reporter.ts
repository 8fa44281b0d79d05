/** What leaves the worker of an error: everything that helps, or less if its user says so. */
import type { Logger } from "../client/logger.ts";
import { type FailureReport, report, reportFailure } from "./failure-report.ts";

/** How much the server, and everybody who may look at a job, learns of errors. */
export interface ErrorReporting {
  /** False keeps stacks on this machine. Default true. */
  readonly backtrace?: boolean;
  /**
   * Called with the report of each error that a handler threw, before it is sent; what it returns is sent instead. Messages,
   * causes and details often quote what they failed on. What decides about the job (`retryable`, a response code, a delay) stays as
   * it was. If it throws, only the type is told.
   */
  readonly redactError?: (report: FailureReport) => FailureReport;
}

/** Describes a thrown value; never throws. */
export type ReportFailure = (thrown: unknown) => FailureReport;

/** The plain description, unless something is to be withheld. */
export function createErrorReporter({ backtrace = true, redactError }: ErrorReporting, logger: Logger): ReportFailure {
  if (backtrace && redactError === undefined) return reportFailure;
  return (thrown) => {
    const { backtrace: frames, ...told } = reportFailure(thrown);
    const full = backtrace && frames !== undefined ? { ...told, backtrace: frames } : told;
    return redactError === undefined ? full : redact(full, redactError, logger);
  };
}

function redact(
  full: FailureReport,
  redactError: NonNullable<ErrorReporting["redactError"]>,
  logger: Logger,
): FailureReport {
  const { code, retryable, retryAfterMs } = full;
  const decided = { code, retryable, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  try {
    const redacted = { ...redactError(full), ...decided };
    JSON.stringify(redacted); // what throws here would throw when it is sent
    return redacted;
  } catch (error) {
    logger.error("redactError threw; the server is told the type of the error and nothing else", { error });
    return { ...report(full.type, "the message was withheld because redactError failed"), ...decided };
  }
}
