import type { Library, LibraryQuery, SqlValue } from "./library.ts";
import { Link, type Rows } from "./link.ts";
import { nameInSql, type Settings } from "./options.ts";

/** One statement with what it binds. `@.` in its text stands for the schema. */
export interface Query {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

interface Prepared {
  readonly text: string;
  readonly name: string;
}

/** The connections to a database: one that writes, so that commits keep their order, and others that read. */
export class Database {
  readonly settings: Settings;
  readonly #writer: Link;
  readonly #readers: readonly Link[];
  /** By text. The texts are the driver's own, so there is a bounded number of them. */
  readonly #statements = new Map<string, Prepared>();
  /** As it is written in SQL. */
  readonly schema: string;

  constructor(library: Library, settings: Settings) {
    this.settings = settings;
    this.schema = nameInSql(settings.schema);
    const link = (): Link => new Link(library, settings.library);
    this.#writer = link();
    this.#readers = Array.from({ length: settings.pool - 1 }, link);
  }

  /** The rows of a statement. */
  async read(sql: string, values: readonly SqlValue[] = []): Promise<Rows> {
    const [rows = []] = await this.#reader().run([this.#prepare({ sql, values })]);
    return rows;
  }

  /** The first column of the first row; null when there is no row. */
  async value(sql: string, values: readonly SqlValue[] = []): Promise<unknown> {
    return (await this.read(sql, values))[0]?.[0] ?? null;
  }

  /**
   * Runs the statements as one transaction, after those of all calls before.
   *
   * @param more Asked for further statements of the same transaction, once the rows of the first ones are there.
   */
  async write(
    queries: readonly Query[],
    more?: (results: readonly Rows[]) => readonly Query[],
  ): Promise<readonly Rows[]> {
    if (queries.length === 0) return [];
    const first = queries.map((query) => this.#prepare(query));
    if (more === undefined) return this.#writer.run(first);
    return this.#writer.converse(first, (results) => more(results).map((query) => this.#prepare(query)));
  }

  /** Runs a text of several statements. */
  script(sql: string): Promise<void> {
    return this.#writer.script(this.#named(sql));
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer, ...this.#readers].map((link) => link.close()));
  }

  /** An idle connection, or one more, or the one with the shortest line. */
  #reader(): Link {
    let best: Link | undefined;
    for (const link of this.#readers) {
      if (link.isOpen && link.waiting === 0) return link;
      if (best === undefined || rank(link) < rank(best)) best = link;
    }
    return best ?? this.#writer;
  }

  #prepare({ sql, values }: Query): LibraryQuery {
    let prepared = this.#statements.get(sql);
    if (prepared === undefined) {
      prepared = { text: this.#named(sql), name: `ojs_${this.#statements.size + 1}` };
      this.#statements.set(sql, prepared);
    }
    if (!this.settings.preparedStatements) return { text: prepared.text, values, rowMode: "array" };
    return { ...prepared, values, rowMode: "array" };
  }

  #named(sql: string): string {
    return sql.replaceAll("@.", `${this.schema}.`);
  }
}

/** A connection that is not there yet comes before one that is busy. */
function rank(link: Link): number {
  return link.isOpen ? link.waiting : 0;
}
