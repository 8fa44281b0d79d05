/** Where a worker says what went wrong; `console` fits, and so does any pino-like logger behind two arrow functions. */

/** Receives a sentence and a few facts; never job arguments or results. */
export interface WorkerLogger {
  debug(message: string, facts?: Readonly<Record<string, unknown>>): void;
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
}

const ignore = (): void => undefined;

/** Says nothing. */
export const silentLogger: WorkerLogger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
