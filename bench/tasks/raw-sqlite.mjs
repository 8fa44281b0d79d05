/**
 * What SQLite itself can do with our table: same library, settings, tables and indexes, rows prepared beforehand, and
 * nothing but the statements.
 */
import { load, open as openSubject } from "../adapters/openjobs.mjs";
import { BATCH, CONCURRENCY } from "../sizes.mjs";
import { startClock } from "./clock.mjs";
import { argsOf } from "./payload.mjs";
import { expectEqual } from "./verify.mjs";

/** Inserts `params.count` jobs, `params.size` a commit. */
export async function rawInsert({ env, params: { count, size } }) {
  const raw = await openRaw(env);
  const warmUp = Math.ceil(count / 5 / size) * size;
  raw.insert(raw.prepare(warmUp), size);
  const rows = raw.prepare(count);
  const stop = await startClock();
  raw.insert(rows, size);
  const result = stop(count);
  expectEqual("rows", raw.count("available"), 1 + warmUp + count);
  raw.close();
  return result;
}

/** Claims and completes jobs in fifties, each a commit. */
export async function rawClaim({ env, params: { count, warmUp } }) {
  const raw = await openRaw(env);
  const rows = raw.prepare(warmUp + count - 1);
  raw.insert(rows, BATCH);
  const ids = [raw.firstId, ...raw.idsOf(rows)];
  raw.claimAndComplete(ids.slice(0, warmUp));
  const stop = await startClock();
  raw.claimAndComplete(ids.slice(warmUp));
  const result = stop(count);
  expectEqual("rows", raw.count("completed"), warmUp + count);
  raw.close();
  return result;
}

/** A file as this project makes it, with one job of its own as the pattern for the others. */
async function openRaw({ dist, file }) {
  const subject = await openSubject({ dist, storage: { file } });
  await subject.add(argsOf(0));
  await subject.close();
  const { loadLibrary } = await load(dist, "storage/sqlite/adapter.js");
  const { openFile } = await load(dist, "storage/sqlite/open-file.js");
  const { JOB_STATES } = await load(dist, "index.js");
  const raw = openFile(file, "full", loadLibrary().open);
  // The storage syncs for itself; here every COMMIT does.
  raw.database.exec("PRAGMA synchronous = FULL");
  return new RawFile(raw, JOB_STATES);
}

class RawFile {
  #file;
  #database;
  #states;
  #columns;
  #pattern;
  #seq = 1;

  constructor(file, states) {
    this.#file = file;
    this.#database = file.database;
    this.#states = states;
    this.#columns = this.#database.all("SELECT name FROM pragma_table_info('jobs') ORDER BY cid");
    this.#pattern = JSON.parse(this.#database.value(`SELECT ${this.#row()} FROM jobs`));
  }

  get firstId() {
    return this.#pattern[this.#columns.indexOf("id")];
  }

  /** Rows for the next jobs. */
  prepare(count) {
    return Array.from({ length: count }, () => this.#nextRow());
  }

  idsOf(rows) {
    const index = this.#columns.indexOf("id");
    return rows.map((row) => row[index]);
  }

  insert(rows, size) {
    const sql = `INSERT INTO jobs (${this.#columns.join(", ")}) VALUES (${this.#columns.map(() => "?").join(", ")})`;
    if (size === 1) for (const row of rows) this.#database.run(sql, row);
    else for (const some of slices(rows, size)) this.#commit(sql, some);
  }

  /** The jobs with these ids, which are the next ones in the queue. */
  claimAndComplete(ids) {
    const [active, available, completed] = ["active", "available", "completed"].map((state) => this.#number(state));
    const claim = `
      UPDATE jobs SET state = ${active}, attempt = attempt + 1, lease = lease + 1, worker_id = ?, started_at = ?,
        lease_ms = ?, lease_until = ?, timeout_at = ?, due_at = ?, revision = revision + 1
      WHERE seq IN (SELECT seq FROM jobs WHERE state = ${available} AND queue = ? AND lane IS NULL
        ORDER BY priority DESC, available_at, seq LIMIT ${CONCURRENCY})
      RETURNING ${this.#row()}`;
    const complete = `
      UPDATE jobs SET state = ${completed}, ended_at = ?, result = NULL, due_at = NULL, lease_ms = NULL,
        lease_until = NULL, timeout_at = NULL, revision = revision + 1
      WHERE id IN (SELECT value FROM json_each(?))`;
    const now = Date.now();
    const claimed = ["raw", now, 30_000, now + 30_000, now + 1_800_000, now + 30_000, "bench"];
    for (const some of slices(ids, CONCURRENCY)) {
      this.#database.transaction(() => this.#database.all(claim, claimed));
      this.#database.transaction(() => this.#database.run(complete, [now, JSON.stringify(some)]));
    }
  }

  count(state) {
    return this.#database.value(`SELECT count(*) FROM jobs WHERE state = ${this.#number(state)}`);
  }

  close() {
    this.#file.close();
  }

  #commit(sql, rows) {
    this.#database.transaction(() => {
      for (const row of rows) this.#database.run(sql, row);
    });
  }

  #row() {
    return `json_array(${this.#columns.map((column) => `jobs.${column}`).join(", ")})`;
  }

  #nextRow() {
    this.#seq += 1;
    const row = [...this.#pattern];
    row[this.#columns.indexOf("seq")] = this.#seq;
    // In the order of time, as real ones are.
    row[this.#columns.indexOf("id")] = this.firstId.slice(0, 24) + this.#seq.toString(16).padStart(12, "0");
    return row;
  }

  #number(state) {
    return this.#states.indexOf(state);
  }
}

function* slices(list, size) {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size);
}
