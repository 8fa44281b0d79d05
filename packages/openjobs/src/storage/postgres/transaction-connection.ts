/** A connection of the application on which it has begun a transaction. */
import { ojsError } from "../../core/errors.ts";
import type { SqlValue } from "./library.ts";
import type { Rows } from "./link.ts";
import { codeOf, explain, isPassing } from "./postgres-error.ts";
import type { Reader } from "./reader.ts";

/**
 * An open transaction: one method that runs a statement in it. A client of `pg` is one as it is; for what else runs raw SQL
 * (drizzle, kysely, prisma, …) it takes a line or two, see docs/guides/transactional-enqueue.md.
 */
export interface SqlTransaction {
  /** Runs a statement with the values for `$1`, `$2` and so on, all of them texts, and answers its rows as objects. */
  query(text: string, values: string[]): PromiseLike<{ readonly rows: readonly object[] }>;
}

/** Whatever the library of the application makes of types: a text is a text everywhere. */
function asText(sql: string): string {
  return `SELECT row_to_json(ojs_row)::text AS ojs_row FROM (${sql}) AS ojs_row`;
}

const FAILED_TRANSACTION = "25P02";

/** Asks one thing after the other, as a connection has to be asked. */
export class TransactionConnection implements Reader {
  readonly #transaction: SqlTransaction;
  readonly #schema: string;
  readonly #place: string;
  #last: PromiseLike<unknown> = Promise.resolve();

  /** @param schema As it is written in SQL. */
  constructor(transaction: SqlTransaction, schema: string, place: string) {
    this.#transaction = transaction;
    this.#schema = schema;
    this.#place = place;
  }

  async read(sql: string, values: readonly SqlValue[] = []): Promise<Rows> {
    const text = asText(sql.replaceAll("@.", `${this.#schema}.`));
    const earlier = this.#last;
    const mine = earlier.then(() => this.#query(text, values.map(String)));
    this.#last = mine.then(undefined, () => undefined);
    return (await mine).map(columnsOf);
  }

  async value(sql: string, values: readonly SqlValue[] = []): Promise<unknown> {
    return (await this.read(sql, values))[0]?.[0] ?? null;
  }

  async #query(text: string, values: string[]): Promise<readonly object[]> {
    try {
      return (await this.#transaction.query(text, values)).rows;
    } catch (error) {
      throw trouble(error, this.#place);
    }
  }
}

/** A text column is a text; JSON columns, which our own connections give as texts too, were read along. */
function columnsOf(row: object): readonly unknown[] {
  const [text] = Object.values(row);
  const columns = typeof text === "string" ? JSON.parse(text) : text;
  return Object.values(columns).map((value) =>
    typeof value === "object" && value !== null ? JSON.stringify(value) : value,
  );
}

/** After any error of PostgreSQL the transaction can only be rolled back, and `COMMIT` does just that without a word. */
function trouble(error: unknown, place: string): Error {
  const code = codeOf(error) ?? codeOf(causeOf(error));
  if (code === FAILED_TRANSACTION) {
    return ojsError("backend_error", `${place}: a statement of this transaction has failed before.`, {
      hint: "Roll back. To go on after a failed statement, set a SAVEPOINT before it and roll back to that.",
      retryable: false,
      cause: error,
    });
  }
  const explained = explain(error, place);
  if (!isPassing(error) && !isPassing(causeOf(error))) return explained;
  return ojsError("backend_error", explained.message, {
    hint: "Roll back, and run the whole transaction again.",
    retryable: true,
    cause: error,
  });
}

/** Query builders wrap what the library below them throws. */
function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
