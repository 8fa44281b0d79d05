/** The log of `ojs serve`: JSON lines on stderr with the fields that ojs-logging §5.2 requires. */
import { type Logger, pino, stdTimeFunctions } from "pino";

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

/** Creates the log. It writes at once, so that the last line before a crash or a second signal is there. */
export function createServerLog(level: string): Logger {
  return pino(
    {
      level,
      base: { component: "server" },
      messageKey: "message",
      timestamp: () => stdTimeFunctions.isoTime().replace('"time"', '"timestamp"'),
      formatters: {
        level: (label) => ({ severity: label.toUpperCase(), severity_number: SEVERITY_NUMBERS[label] }),
      },
    },
    pino.destination({ dest: STDERR, sync: true }),
  );
}
