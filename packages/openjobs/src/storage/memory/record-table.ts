import { decodeCursor, toPage } from "../cursor.ts";
import { type RecordFilter, type RecordKey, recordName, type StoredRecord } from "../records.ts";
import type { Page, PageRequest } from "../storage.ts";
import type { Journal } from "./journal.ts";
import { SortedList } from "./sorted-list.ts";
import { byText } from "./text-order.ts";

/** When a record is due; sorts those that are due together by id. */
interface Alarm {
  readonly at: number;
  readonly id: string;
}

/** The records of one kind. */
interface Kind {
  readonly ids: SortedList<string>;
  readonly alarms: SortedList<Alarm>;
}

/** Named documents, and for each kind their order by id and by time. */
export class RecordTable {
  readonly #records = new Map<string, StoredRecord>();
  readonly #kinds = new Map<string, Kind>();

  get(key: RecordKey): StoredRecord | undefined {
    return this.#records.get(recordName(key));
  }

  /** Puts a record in the place of the one that is there, or of none; undefined removes it. */
  write(key: RecordKey, after: StoredRecord | undefined, journal: Journal): void {
    const before = this.get(key);
    journal.note(() => this.#replace(key, this.get(key), before));
    this.#replace(key, before, after === undefined ? undefined : Object.freeze({ ...after }));
  }

  page(kind: string, { waiting }: RecordFilter, request: PageRequest): Page<StoredRecord> {
    const [after] = request.after === undefined ? [""] : decodeCursor(request.after, ["string"]);
    const all = this.all(kind);
    const wanted = waiting === undefined ? all : all.filter(({ dueAt }) => (dueAt !== null) === waiting);
    const start = wanted.filter(({ id }) => id <= after).length + (request.offset ?? 0);
    return toPage(wanted.slice(start, start + request.limit + 1), request.limit, wanted.length, ({ id }) => [id]);
  }

  due(kind: string, now: number, limit: number): StoredRecord[] {
    const alarms = this.#kinds.get(kind)?.alarms.slice(0, limit) ?? [];
    return this.#found(
      kind,
      alarms.filter(({ at }) => at <= now).map(({ id }) => id),
    );
  }

  nextDue(kind: string): number | undefined {
    return this.#kinds.get(kind)?.alarms.slice(0, 1)[0]?.at;
  }

  /** By id. */
  all(kind: string): StoredRecord[] {
    const ids = this.#kinds.get(kind)?.ids;
    return ids === undefined ? [] : this.#found(kind, ids.slice(0, ids.size));
  }

  #found(kind: string, ids: readonly string[]): StoredRecord[] {
    return ids.map((id) => this.get({ kind, id })).filter((record) => record !== undefined);
  }

  #replace(key: RecordKey, before: StoredRecord | undefined, after: StoredRecord | undefined): void {
    const kind = this.#kindOf(key.kind);
    if (before !== undefined) this.#takeOut(before, kind);
    if (after !== undefined) this.#putIn(after, kind);
  }

  #takeOut(record: StoredRecord, { ids, alarms }: Kind): void {
    this.#records.delete(recordName(record));
    ids.remove(record.id);
    if (record.dueAt !== null) alarms.remove({ at: record.dueAt, id: record.id });
  }

  #putIn(record: StoredRecord, { ids, alarms }: Kind): void {
    this.#records.set(recordName(record), record);
    ids.add(record.id);
    if (record.dueAt !== null) alarms.add({ at: record.dueAt, id: record.id });
  }

  #kindOf(name: string): Kind {
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const kind: Kind = { ids: new SortedList(byText), alarms: new SortedList(byTime) };
    this.#kinds.set(name, kind);
    return kind;
  }
}

function byTime(a: Alarm, b: Alarm): number {
  return a.at - b.at || byText(a.id, b.id);
}
