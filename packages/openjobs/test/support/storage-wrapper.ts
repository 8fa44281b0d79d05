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
    ...(inner.signals === undefined ? {} : { signals: inner.signals }),
    ...(inner.clock === undefined ? {} : { clock: inner.clock }),
    open: () => inner.open(),
    commit: (group) => inner.commit(group),
    ping: () => inner.ping(),
    close: () => inner.close(),
    ...overrides,
  };
}

/** For a storage that outlives the engines on it: the test opened it and will close it. Its engines hear of no others. */
export function sharedStorage(inner: Storage): Storage {
  const { signals: _signals, ...storage } = wrapStorage(inner, { open: async () => {}, close: async () => {} });
  return storage;
}

/** Makes of a method another one that does something around it. */
export type Around = <Args extends readonly unknown[], T>(
  call: (...args: Args) => Promise<T>,
) => (...args: Args) => Promise<T>;

/** The same storage with something around every call that reads or writes. */
export function wrapCalls(inner: Storage, around: Around): Storage {
  const { jobs, queues, workers, answers, records, workflows, upkeep } = inner;
  return wrapStorage(inner, {
    jobs: {
      get: around((ids) => jobs.get(ids)),
      due: around((now, limit) => jobs.due(now, limit)),
      nextDue: around(() => jobs.nextDue()),
      inTheWay: around((guards, now, limit) => jobs.inTheWay(guards, now, limit)),
      claimable: around((query) => jobs.claimable(query)),
      tenantCounts: around((tenant) => jobs.tenantCounts(tenant)),
      walk: around((set, limit, after) => jobs.walk(set, limit, after)),
      leasedBy: around((worker) => jobs.leasedBy(worker)),
      openOfCron: around((cron, limit) => jobs.openOfCron(cron, limit)),
      underKey: around((key, limit) => jobs.underKey(key, limit)),
      deadLetters: around((filter, page) => jobs.deadLetters(filter, page)),
    },
    queues: {
      get: around((name) => queues.get(name)),
      list: around((page) => queues.list(page)),
      activity: around((name, since) => queues.activity(name, since)),
      heads: around((names) => queues.heads(names)),
      totals: around((since) => queues.totals(since)),
    },
    workers: {
      silent: around((cutoff, limit) => workers.silent(cutoff, limit)),
      get: around((id) => workers.get(id)),
      list: around((page) => workers.list(page)),
      census: around((cutoff) => workers.census(cutoff)),
      oldestBeat: around(() => workers.oldestBeat()),
    },
    answers: { get: around((id, now) => answers.get(id, now)) },
    records: {
      get: around((kind, ids) => records.get(kind, ids)),
      list: around((kind, filter, page) => records.list(kind, filter, page)),
      due: around((kind, now, limit) => records.due(kind, now, limit)),
      nextDue: around((kind) => records.nextDue(kind)),
    },
    workflows: {
      get: around((id) => workflows.get(id)),
      list: around((filter, page) => workflows.list(filter, page)),
      steps: around((id) => workflows.steps(id)),
      plan: around((id) => workflows.plan(id)),
      joins: around((id) => workflows.joins(id)),
      parents: around((requests) => workflows.parents(requests)),
    },
    upkeep: {
      prune: around((request) => upkeep.prune(request)),
      pruneWorkflows: around((request) => upkeep.pruneWorkflows(request)),
      tidy: around(() => upkeep.tidy()),
    },
    commit: around((group) => inner.commit(group)),
  });
}

/** Counts the calls that are under way, so that a test knows when everything has come to rest. */
export class BusyStorage {
  readonly storage: Storage;
  #busy = 0;

  constructor(inner: Storage) {
    this.storage = this.counted(inner);
  }

  /** Another storage on top of this one: what it adds to a call counts, too. */
  counted(inner: Storage): Storage {
    return wrapCalls(inner, (call) => async (...args) => {
      this.#busy += 1;
      try {
        return await call(...args);
      } finally {
        this.#busy -= 1;
      }
    });
  }

  /** Resolves when no call has been under way for a few turns of the event loop. */
  async rest(): Promise<void> {
    for (let quiet = 0; quiet < 4; quiet = this.#busy === 0 ? quiet + 1 : 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
