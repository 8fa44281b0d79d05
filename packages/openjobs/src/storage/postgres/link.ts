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
  /** Resolves when the transaction that waits for us in its middle is over; undefined while there is none. */
  #conversation: Promise<void> | undefined;
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
      while (this.#conversation !== undefined) await this.#conversation;
      const client = await this.#connected();
      return await (queries.length === 1 ? together(client, queries) : transaction(client, queries));
    } finally {
      this.waiting -= 1;
    }
  }

  /**
   * Runs the statements, and others that depend on their rows, as one transaction in two round trips. Answers the rows of the
   * first ones. Whoever comes meanwhile waits: what they sent would be a part of it.
   */
  async converse(
    queries: readonly LibraryQuery[],
    more: (results: readonly Rows[]) => readonly LibraryQuery[],
  ): Promise<readonly Rows[]> {
    this.waiting += 1;
    try {
      while (this.#conversation !== undefined) await this.#conversation;
      const talk = this.#connected().then((client) => conversation(client, queries, more));
      this.#conversation = talk.then(ignore, ignore).finally(() => {
        this.#conversation = undefined;
      });
      return await talk;
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
  const answers = await answersOf([BEGIN, ...queries, "COMMIT"].map((query) => client.query(query)));
  return answers.slice(1, -1).map(({ rows }) => rows);
}

/** Waits for all of them, also when one has failed: until then the connection is not free. */
async function answersOf<T>(answers: readonly Promise<T>[]): Promise<readonly T[]> {
  return (await Promise.allSettled(answers)).map((answer) => {
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  });
}

/** A failure on either side takes everything back. */
async function conversation(
  client: LibraryClient,
  queries: readonly LibraryQuery[],
  more: (results: readonly Rows[]) => readonly LibraryQuery[],
): Promise<readonly Rows[]> {
  const [, ...results] = await answersOf([BEGIN, ...queries].map((query) => client.query(query))).catch(takeBack);
  const rows = results.map((answer) => answer.rows);
  const rest = await Promise.resolve(rows).then(more).catch(takeBack);
  await answersOf([...rest, "COMMIT"].map((query) => client.query(query)));
  return rows;

  async function takeBack(cause: unknown): Promise<never> {
    // On a lost connection there is nothing to take back.
    await client.query("ROLLBACK").catch(ignore);
    throw cause;
  }
}

function ignore(): void {}
