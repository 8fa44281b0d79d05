/** The log of `ojs serve`: JSON lines on stderr with the fields that ojs-logging §5.2 requires. */
import { type Logger, pino, stdTimeFunctions } from "pino";

/** A logger, and the way to get everything out before the process ends. */
export interface ServerLog {
  readonly logger: Logger;
  flush(): void;
}

const STDERR = 2;

/** Numbers of the OpenTelemetry log data model (ojs-logging §5.4). */
const SEVERITY_NUMBERS: Readonly<Record<string, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
};

/** Creates the log; lines are buffered, so a slow reader does not hold up requests. */
export function createServerLog(level: string): ServerLog {
  const destination = pino.destination({ dest: STDERR, sync: false });
  const logger = pino(
    {
      level,
      base: { component: "server" },
      messageKey: "message",
      timestamp: () => stdTimeFunctions.isoTime().replace('"time"', '"timestamp"'),
      formatters: {
        level: (label) => ({ severity: label.toUpperCase(), severity_number: SEVERITY_NUMBERS[label] }),
      },
    },
    destination,
  );
  return { logger, flush: () => destination.flushSync() };
}
