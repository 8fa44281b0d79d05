/** Where the server writes what happened. A pino logger fits as it is. */

/** Takes facts first and a sentence second, like pino. Job ids are logged; arguments and results never are. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  /** Lets the server skip building facts that nobody would see; absent = every level is wanted. */
  isLevelEnabled?(level: string): boolean;
}

const ignore = (): void => undefined;

/** Says nothing: what an embedded server does unless it is given a logger. */
export const silentLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  isLevelEnabled: () => false,
};
