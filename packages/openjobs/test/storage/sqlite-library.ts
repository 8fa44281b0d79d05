/** The SQLite library of this machine with its statements on record, and with trouble on demand. */
import { loadLibrary } from "../../src/storage/sqlite/adapter.ts";
import type { Connection, OpenConnection } from "../../src/storage/sqlite/connection.ts";

export class WatchedLibrary {
  /** Every statement that ran to its end, on any file but the lock's. */
  readonly log: string[] = [];
  /** Called before a statement runs; what it throws is what SQLite throws. */
  beforeEach: (sql: string) => void = () => undefined;

  /** The database last opened, unwatched. */
  connection: Connection | undefined;

  readonly open: OpenConnection = (file) => {
    const connection = loadLibrary().open(file);
    if (file.endsWith(".lock")) return connection;
    this.connection = connection;
    return this.#watch(connection);
  };

  #watch(connection: Connection): Connection {
    const watched = <T>(sql: string, run: () => T): T => {
      this.beforeEach(sql);
      const result = run();
      this.log.push(sql);
      return result;
    };
    return {
      exec: (sql) => watched(sql, () => connection.exec(sql)),
      prepare: (sql) => {
        const statement = connection.prepare(sql);
        return {
          run: (values) => watched(sql, () => statement.run(values)),
          all: (values) => watched(sql, () => statement.all(values)),
        };
      },
      close: () => connection.close(),
    };
  }
}

/** What libsql and better-sqlite3 throw. */
export function sqliteError(code: string): Error {
  return Object.assign(new Error(`planted ${code}`), { code });
}
