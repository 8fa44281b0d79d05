/** Kept answers: everything but id and end as one JSON text. */
import { FORGOTTEN_AT_ONCE, type KeptAnswer } from "../answers.ts";
import type { Database } from "./database.ts";

/** The table, and what finds the answers that have expired. */
export const ANSWERS = `
CREATE TABLE answers (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX answers_by_end ON answers (expires_at);
`;

const KEEP = `
  INSERT INTO answers (id, expires_at, record) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, record = excluded.record WHERE expires_at <= ?`;
const FORGET = `
  DELETE FROM answers WHERE seq IN (SELECT seq FROM answers WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`;
const KEPT = "SELECT record FROM answers WHERE id = ? AND expires_at > ?";

/** Keeps an answer and forgets some that have expired; false when there is one under its id already. */
export function keepAnswer(answer: KeptAnswer, now: number, database: Database): boolean {
  const kept = database.run(KEEP, [answer.id, answer.expiresAt, JSON.stringify(answer), now]) > 0;
  if (kept) database.run(FORGET, [now, FORGOTTEN_AT_ONCE]);
  return kept;
}

/** The answer under this id, unless it has expired. */
export function keptAnswer(id: string, now: number, database: Database): KeptAnswer | undefined {
  const record = database.value(KEPT, [id, now]);
  // KEEP wrote it.
  return record === null ? undefined : (JSON.parse(String(record)) as KeptAnswer);
}
