/** Where a worker says what goes wrong: it has no caller who could see it otherwise. */
import { fromEnvironment } from "../client/environment.ts";
import type { Logger } from "../client/logger.ts";
import { ojsError } from "../core/errors.ts";

const LEVELS: readonly string[] = ["debug", "info", "warn", "error"];

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

/**
 * Used when nobody gave a logger: what is of the level of `OJS_LOG_LEVEL` or above goes to the console, else warnings and errors.
 *
 * @throws OjsValidationError for a level that there is not.
 */
export function consoleLogger(): Logger {
  const wanted = fromEnvironment("OJS_LOG_LEVEL") ?? "warn";
  const lowest = LEVELS.indexOf(wanted.toLowerCase());
  if (lowest === -1) {
    const expected = LEVELS.join(", ");
    throw ojsError("invalid_request", `OJS_LOG_LEVEL must be one of ${expected}.`, {
      details: { field: "OJS_LOG_LEVEL" },
    });
  }
  const at = (level: keyof Logger): Logger["warn"] => (LEVELS.indexOf(level) < lowest ? ignore : TO_CONSOLE[level]);
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
