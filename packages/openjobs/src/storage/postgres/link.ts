import type { Library, LibraryClient, LibraryOptions, LibraryQuery } from "./library.ts";

/** The rows of a statement, each an array of its columns. */
export type Rows = readonly (readonly unknown[])[];

const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED";

/**
 * One connection that heals itself: it is made when it is first used, and made anew by the next one who uses it after it was
 * lost. Statements are sent without waiting for the answers to those before; the server runs them in the order of the calls.
 */
export class Link {
  readonly #library: Library;
  readonly #options: LibraryOptions;
  #client: Promise<LibraryClient> | undefined;
  /** Statements that wait for their answer. */
  waiting = 0;

  constructor(library: Library, options: LibraryOptions) {
    this.#library = library;
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#client !== undefined;
  }

  /** Runs the statements as one transaction, in one round trip. One statement alone is a transaction by itself. */
  async run(queries: readonly LibraryQuery[]): Promise<readonly Rows[]> {
    this.waiting += 1;
    try {
      const client = await this.#connected();
      return await (queries.length === 1 ? together(client, queries) : transaction(client, queries));
    } finally {
      this.waiting -= 1;
    }
  }

  /** Runs several statements that give no rows and take no values. */
  async script(sql: string): Promise<void> {
    const client = await this.#connected();
    await client.query(sql);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    try {
      await (await client)?.end();
    } catch {
      // A connection that was lost needs no goodbye.
    }
  }

  #connected(): Promise<LibraryClient> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  #connect(): Promise<LibraryClient> {
    const client = new this.#library.Client(this.#options);
    const opening = client.connect().then(() => client);
    const lost = (): void => {
      if (this.#client === opening) this.#client = undefined;
    };
    client.on("error", lost);
    client.on("end", lost);
    opening.catch(lost);
    return opening;
  }
}

async function together(client: LibraryClient, queries: readonly LibraryQuery[]): Promise<readonly Rows[]> {
  const results = await Promise.all(queries.map((query) => client.query(query)));
  return results.map(({ rows }) => rows);
}

/**
 * Everything is sent at once: no lock is held while the server waits for us. After a failure the server refuses the rest and
 * takes `COMMIT` for `ROLLBACK`.
 */
async function transaction(client: LibraryClient, queries: readonly LibraryQuery[]): Promise<readonly Rows[]> {
  const answers = [BEGIN, ...queries, "COMMIT"].map((query) => client.query(query));
  const settled = await Promise.allSettled(answers);
  const results = settled.map((answer) => {
    if (answer.status === "rejected") throw answer.reason;
    return answer.value.rows;
  });
  return results.slice(1, -1);
}
