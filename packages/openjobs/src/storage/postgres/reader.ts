import type { SqlValue } from "./library.ts";
import type { Rows } from "./link.ts";

/** Who can be asked: our own connections, or a transaction of the application. `@.` in the text stands for the schema. */
export interface Reader {
  /** The rows of a statement. */
  read(sql: string, values?: readonly SqlValue[]): Promise<Rows>;
  /** The first column of the first row; null when there is no row. */
  value(sql: string, values?: readonly SqlValue[]): Promise<unknown>;
}
