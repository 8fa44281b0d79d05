/** Pages over several kinds of records, one kind after the other. */
import { ojsError } from "../../core/errors.ts";
import type { RecordQueries, StoredRecord } from "../../storage/records.ts";
import type { Page, PageRequest } from "../../storage/storage.ts";
import { answered } from "../storage-trouble.ts";

/** Between the kind that a page goes on with and the cursor in it; in no kind and no cursor. */
const SEPARATOR = "~";

/**
 * One page of the records of these kinds. A cursor names its kind, so that it stays right when kinds come or go.
 *
 * @throws OjsError `invalid_request` for a cursor of another list, and for an offset: only a cursor says which kind is meant.
 */
export async function listKinds(
  records: RecordQueries,
  kinds: readonly string[],
  { limit, after, offset = 0 }: PageRequest,
): Promise<Page<StoredRecord>> {
  if (offset > 0) throw unfit("offset", "cannot be used here");
  const [start, cursor] = after === undefined ? [kinds[0], ""] : positionIn(after);
  const totals = await Promise.all(kinds.map((kind) => answered(records.list(kind, {}, { limit: 1 }))));
  const total = totals.reduce((sum, page) => sum + page.total, 0);
  const from = start === undefined ? kinds.length : kinds.indexOf(start);
  if (from === -1) throw unfit("cursor", "belongs to another list");
  const items: StoredRecord[] = [];
  let inner = cursor;
  for (const kind of kinds.slice(from)) {
    if (items.length === limit) return { items, total, next: `${kind}${SEPARATOR}` };
    const request = { limit: limit - items.length, ...(inner === "" ? {} : { after: inner }) };
    const page = await answered(records.list(kind, {}, request));
    items.push(...page.items);
    if (page.next !== undefined) return { items, total, next: `${kind}${SEPARATOR}${page.next}` };
    inner = "";
  }
  return { items, total };
}

function positionIn(after: string): readonly [kind: string, cursor: string] {
  const end = after.indexOf(SEPARATOR);
  if (end === -1) throw unfit("cursor", "belongs to another list");
  return [after.slice(0, end), after.slice(end + 1)];
}

function unfit(parameter: string, says: string): Error {
  return ojsError("invalid_request", `The parameter '${parameter}' ${says}.`, {
    details: { parameter },
    hint: "Follow 'next_cursor' of the previous page.",
  });
}
