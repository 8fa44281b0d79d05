/** A storage with somebody who sees every commit, whether or not an engine ever hears of it. */
import type { Group, GroupOutcome, Storage } from "../../src/storage/storage.ts";
import { wrapStorage } from "./storage-wrapper.ts";

/** Looks at the store after a commit. */
export type Observe = (group: Group, outcome: GroupOutcome) => Promise<void>;

/** Commits come one at a time, so that what `observe` finds is what this very commit has made. */
export function watchedStorage(inner: Storage, observe: Observe): Storage {
  let last: Promise<unknown> = Promise.resolve();
  return wrapStorage(inner, {
    commit(group) {
      const committed = last.then(async () => {
        const outcome = await inner.commit(group);
        await observe(group, outcome);
        return outcome;
      });
      last = committed.catch(() => {});
      return committed;
    },
  });
}
