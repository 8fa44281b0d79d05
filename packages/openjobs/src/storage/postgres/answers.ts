/** Kept answers: everything but id and end as one JSON text. Units write them (`unit-functions.ts`). */
import type { KeptAnswer } from "../answers.ts";
import type { Database } from "./database.ts";
import { toColumn } from "./storable-text.ts";

const KEPT = "SELECT record FROM @.answers WHERE id = $1 AND expires_at > $2";

/** The answer under this id, unless it has expired. */
export async function keptAnswer(id: string, now: number, database: Database): Promise<KeptAnswer | undefined> {
  const record = await database.value(KEPT, [toColumn(id), now]);
  return record === null ? undefined : (JSON.parse(String(record)) as KeptAnswer); // the unit wrote it
}
