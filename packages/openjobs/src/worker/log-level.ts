/** How much a worker says when nobody gave it a logger. */
import { fromEnvironment } from "../client/environment.ts";
import type { Logger } from "../client/logger.ts";
import { ojsError } from "../core/errors.ts";

/** What is of this level or above is told. */
export type LogLevel = keyof Logger;

/** From what is of use to few to what is urgent. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * The level of `OJS_LOG_LEVEL`; else warnings and errors are told.
 *
 * @throws OjsValidationError for a level that there is not.
 */
export function readLogLevel(): LogLevel {
  const wanted = fromEnvironment("OJS_LOG_LEVEL")?.toLowerCase() ?? "warn";
  const level = LOG_LEVELS.find((one) => one === wanted);
  if (level !== undefined) return level;
  throw ojsError("invalid_request", `OJS_LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}.`, {
    details: { field: "OJS_LOG_LEVEL" },
  });
}
