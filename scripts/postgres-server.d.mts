/** A running server. Those of our own can be stopped, killed and started again. */
export interface PostgresServer {
  /** Of the superuser, who needs no password. */
  readonly url: string;
  readonly isOurs: boolean;
  /** Stops it for good and removes its data. */
  end(): Promise<void>;
}

/** A server with a data folder of its own. */
export interface OwnPostgres extends PostgresServer {
  readonly pid: number | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  log(): string;
}

export interface PostgresChoice {
  /** `18`, `15` or a URL; the default is OJS_TEST_POSTGRES. */
  readonly which?: string;
  readonly settings?: Readonly<Record<string, string | number>>;
}

export function freePort(): Promise<number>;
export function whyNoPostgres(which?: string): string | undefined;
export function startPostgres(choice?: PostgresChoice): Promise<PostgresServer | OwnPostgres>;
