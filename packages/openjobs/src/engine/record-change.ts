/** Changes of records alone, decided over what was read before. */
import type { Effect } from "../storage/storage.ts";
import type { Committer } from "./committer.ts";
import { nothing } from "./move.ts";

/** Commits them as one unit; false when somebody else was faster with one of them: then read again, and decide again. */
export function changeRecords(
  committer: Committer,
  effects: readonly Extract<Effect, { readonly kind: "put-record" | "remove-record" }>[],
): Promise<boolean> {
  return committer.decide({
    ids: [],
    decide: (_jobs, { refused }) => (refused === undefined ? { effects, committed: () => true } : nothing(false)),
  });
}
