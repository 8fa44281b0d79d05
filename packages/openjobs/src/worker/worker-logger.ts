/** Where a worker says what goes wrong: it has no caller who could see it otherwise. */
import type { Logger } from "../client/logger.ts";
import { LOG_LEVELS, type LogLevel } from "./log-level.ts";

const PREFIX = "openjobs worker:";
const TO_CONSOLE: Logger = {
  // biome-ignore lint/suspicious/noConsole: this is the one place that is meant to
  debug: (message, facts = {}) => console.debug(`${PREFIX} ${message}`, facts),
  // biome-ignore lint/suspicious/noConsole: as above
  info: (message, facts = {}) => console.info(`${PREFIX} ${message}`, facts),
  // biome-ignore lint/suspicious/noConsole: as above
  warn: (message, facts = {}) => console.warn(`${PREFIX} ${message}`, facts),
  // biome-ignore lint/suspicious/noConsole: as above
  error: (message, facts = {}) => console.error(`${PREFIX} ${message}`, facts),
};

const ignore = (): void => undefined;

/** Used when nobody gave a logger: what is of the level or above goes to the console. */
export function consoleLogger(lowest: LogLevel): Logger {
  const at = (level: LogLevel): Logger["warn"] =>
    LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(lowest) ? ignore : TO_CONSOLE[level];
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Used by handlers when nobody gave a logger: what they have to say is meant to be seen. */
export const consoleOfHandlers: Logger = {
  debug: ignore,
  // biome-ignore lint/suspicious/noConsole: as above
  info: (message, facts = {}) => console.info(message, facts),
  // biome-ignore lint/suspicious/noConsole: as above
  warn: (message, facts = {}) => console.warn(message, facts),
  // biome-ignore lint/suspicious/noConsole: as above
  error: (message, facts = {}) => console.error(message, facts),
};

/** The same logger, except that it cannot throw: a full disk under a log must not end the loop that wrote to it. */
export function harmless(logger: Logger): Logger {
  const guarded =
    (level: keyof Logger): Logger["warn"] =>
    (message, facts) => {
      try {
        logger[level](message, facts);
      } catch {
        // Whom could it be told?
      }
    };
  return { debug: guarded("debug"), info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}
