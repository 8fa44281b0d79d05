/** Where a worker says what goes wrong: it has no caller who could see it otherwise. */
import type { Logger } from "../client/logger.ts";

const ignore = (): void => undefined;

/** Used when nobody gave a logger: warnings and errors go to the console. */
export const consoleLogger: Logger = {
  debug: ignore,
  info: ignore,
  // biome-ignore lint/suspicious/noConsole: this is the one place that is meant to
  warn: (message, facts = {}) => console.warn(`openjobs worker: ${message}`, facts),
  // biome-ignore lint/suspicious/noConsole: as above
  error: (message, facts = {}) => console.error(`openjobs worker: ${message}`, facts),
};

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
