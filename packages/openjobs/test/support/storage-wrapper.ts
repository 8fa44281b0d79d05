/** Storages that do what another one does, except for what a test wants to see or break. */
import type { Storage } from "../../src/storage/storage.ts";

/** The same storage with some of its methods replaced. */
export function wrapStorage(inner: Storage, overrides: Partial<Storage>): Storage {
  return {
    traits: inner.traits,
    jobs: inner.jobs,
    queues: inner.queues,
    workers: inner.workers,
    answers: inner.answers,
    records: inner.records,
    workflows: inner.workflows,
    upkeep: inner.upkeep,
    open: () => inner.open(),
    commit: (group) => inner.commit(group),
    ping: () => inner.ping(),
    close: () => inner.close(),
    ...overrides,
  };
}

/** For a storage that outlives the engines on it: the test opened it and will close it. */
export function sharedStorage(inner: Storage): Storage {
  return wrapStorage(inner, { open: async () => {}, close: async () => {} });
}

/** Counts the calls that are under way, so that a test knows when everything has come to rest. */
export class BusyStorage {
  readonly storage: Storage;
  #busy = 0;

  constructor(inner: Storage) {
    const count = <Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>) => {
      return async (...args: Args): Promise<T> => {
        this.#busy += 1;
        try {
          return await call(...args);
        } finally {
          this.#busy -= 1;
        }
      };
    };
    this.storage = wrapStorage(inner, {
      jobs: {
        get: count((ids) => inner.jobs.get(ids)),
        due: count((now, limit) => inner.jobs.due(now, limit)),
        nextDue: count(() => inner.jobs.nextDue()),
        inTheWay: count((guards, now, limit) => inner.jobs.inTheWay(guards, now, limit)),
        walk: count((set, limit, after) => inner.jobs.walk(set, limit, after)),
        leasedBy: count((worker) => inner.jobs.leasedBy(worker)),
        openOfCron: count((cron, limit) => inner.jobs.openOfCron(cron, limit)),
        deadLetters: count((filter, page) => inner.jobs.deadLetters(filter, page)),
      },
      workers: {
        silent: count((cutoff, limit) => inner.workers.silent(cutoff, limit)),
        oldestBeat: count(() => inner.workers.oldestBeat()),
      },
      answers: { get: count((id, now) => inner.answers.get(id, now)) },
      records: {
        get: count((kind, ids) => inner.records.get(kind, ids)),
        list: count((kind, filter, page) => inner.records.list(kind, filter, page)),
        due: count((kind, now, limit) => inner.records.due(kind, now, limit)),
        nextDue: count((kind) => inner.records.nextDue(kind)),
      },
      workflows: {
        get: count((id) => inner.workflows.get(id)),
        list: count((filter, page) => inner.workflows.list(filter, page)),
        steps: count((id) => inner.workflows.steps(id)),
        plan: count((id) => inner.workflows.plan(id)),
        joins: count((id) => inner.workflows.joins(id)),
        parents: count((requests) => inner.workflows.parents(requests)),
      },
      upkeep: {
        prune: count((request) => inner.upkeep.prune(request)),
        pruneWorkflows: count((request) => inner.upkeep.pruneWorkflows(request)),
        tidy: count(() => inner.upkeep.tidy()),
      },
      commit: count((group) => inner.commit(group)),
    });
  }

  /** Resolves when no call has been under way for a few turns of the event loop. */
  async rest(): Promise<void> {
    for (let quiet = 0; quiet < 4; quiet = this.#busy === 0 ? quiet + 1 : 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
