/** What a worker says when nobody gave it a logger. */
import type { Logger } from "../client/logger.ts";

const ignore = (): void => undefined;

/** Warnings and errors go to the console: a worker has no caller who could see them otherwise. */
export const consoleLogger: Logger = {
  debug: ignore,
  info: ignore,
  // biome-ignore lint/suspicious/noConsole: this is the one place that is meant to
  warn: (message, facts = {}) => console.warn(`openjobs worker: ${message}`, facts),
  // biome-ignore lint/suspicious/noConsole: as above
  error: (message, facts = {}) => console.error(`openjobs worker: ${message}`, facts),
};
