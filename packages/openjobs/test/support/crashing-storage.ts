/** A storage that is torn away from its engine, as by kill −9: at a chosen commit, before it or after it. */
import type { Group, GroupOutcome, Storage } from "../../src/storage/storage.ts";
import { wrapStorage } from "./storage-wrapper.ts";

/** Whether the commit at which the crash happens still becomes durable. */
export type CrashPoint = "before" | "after";

export class CrashingStorage {
  readonly storage: Storage;
  #crashed = false;
  #armed: { readonly point: CrashPoint; left: number } | undefined;

  /** `observe` sees the store after every commit, whether or not its engine ever hears of it. */
  constructor(inner: Storage, observe: (group: Group, outcome: GroupOutcome) => Promise<void> = async () => {}) {
    const alive = <Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>) => {
      return (...args: Args): Promise<T> => (this.#crashed ? Promise.reject(crash()) : call(...args));
    };
    const { jobs, queues, workers } = inner;
    this.storage = wrapStorage(inner, {
      jobs: {
        get: alive((ids) => jobs.get(ids)),
        due: alive((now, limit) => jobs.due(now, limit)),
        nextDue: alive(() => jobs.nextDue()),
        inTheWay: alive((guards, now, limit) => jobs.inTheWay(guards, now, limit)),
        walk: alive((set, limit, after) => jobs.walk(set, limit, after)),
        leasedBy: alive((worker) => jobs.leasedBy(worker)),
        openOfCron: alive((cron, limit) => jobs.openOfCron(cron, limit)),
        deadLetters: alive((filter, page) => jobs.deadLetters(filter, page)),
      },
      queues: {
        get: alive((name) => queues.get(name)),
        list: alive((page) => queues.list(page)),
        activity: alive((name, since) => queues.activity(name, since)),
      },
      workers: {
        silent: alive((cutoff, limit) => workers.silent(cutoff, limit)),
        oldestBeat: alive(() => workers.oldestBeat()),
      },
      answers: { get: alive((id, now) => inner.answers.get(id, now)) },
      records: {
        get: alive((kind, ids) => inner.records.get(kind, ids)),
        list: alive((kind, filter, page) => inner.records.list(kind, filter, page)),
        due: alive((kind, now, limit) => inner.records.due(kind, now, limit)),
        nextDue: alive((kind) => inner.records.nextDue(kind)),
      },
      workflows: {
        get: alive((id) => inner.workflows.get(id)),
        list: alive((filter, page) => inner.workflows.list(filter, page)),
        steps: alive((id) => inner.workflows.steps(id)),
        plan: alive((id) => inner.workflows.plan(id)),
        joins: alive((id) => inner.workflows.joins(id)),
        parents: alive((requests) => inner.workflows.parents(requests)),
      },
      upkeep: {
        prune: alive((request) => inner.upkeep.prune(request)),
        pruneWorkflows: alive((request) => inner.upkeep.pruneWorkflows(request)),
        tidy: alive(() => inner.upkeep.tidy()),
      },
      commit: alive(async (group) => {
        const point = this.#crashPoint();
        if (point === "before") throw crash();
        const outcome = await inner.commit(group);
        await observe(group, outcome);
        if (point === "after") throw crash();
        return outcome;
      }),
    });
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** Crashes at the commit after `spared` more. */
  arm(point: CrashPoint, spared: number): void {
    this.#armed ??= { point, left: spared };
  }

  #crashPoint(): CrashPoint | undefined {
    if (this.#armed === undefined) return undefined;
    if (this.#armed.left > 0) {
      this.#armed.left -= 1;
      return undefined;
    }
    this.#crashed = true;
    return this.#armed.point;
  }
}

function crash(): Error {
  return new Error("The process was killed.");
}
