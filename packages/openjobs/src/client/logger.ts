/** Where the SDK says what it does on its own, such as sending a request again. `console` fits. */

/** Receives a sentence and a few facts; never job arguments, results or keys. */
export interface Logger {
  debug(message: string, facts?: Readonly<Record<string, unknown>>): void;
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
}
