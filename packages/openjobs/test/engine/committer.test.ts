import { beforeEach, describe, expect, it } from "vitest";
import type { JobRecord } from "../../src/core/job.ts";
import { Committer } from "../../src/engine/committer.ts";
import { GROUP_LIMITS } from "../../src/engine/lanes.ts";
import { sizeOf } from "../../src/engine/submission.ts";
import { memory } from "../../src/storage/memory/index.ts";
import type { Group, GroupOutcome, Storage } from "../../src/storage/storage.ts";
import { TestClock, turns } from "../../src/testing/test-clock.ts";
import { claimOf, insertOf, updateOf } from "../suites/storage/bench.ts";
import { aJob, T0 } from "../support/jobs.ts";
import { wrapStorage } from "../support/storage-wrapper.ts";

interface Recorded {
  readonly storage: Storage;
  readonly groups: Group[];
  /** Ids of each read. */
  readonly reads: (readonly string[])[];
}

let inner: Storage;
const clock = new TestClock(T0);

beforeEach(async () => {
  inner = memory();
  await inner.open();
});

function recorded(commit = (group: Group): Promise<GroupOutcome> => inner.commit(group)): Recorded {
  const groups: Group[] = [];
  const reads: (readonly string[])[] = [];
  const get = (ids: readonly string[]): ReturnType<Storage["jobs"]["get"]> => {
    reads.push(ids);
    return inner.jobs.get(ids);
  };
  const storage = wrapStorage(inner, {
    jobs: { ...inner.jobs, get },
    commit: (group) => {
      groups.push(group);
      return commit(group);
    },
  });
  return { storage, groups, reads };
}

function committerOn(storage: Storage): Committer {
  return new Committer(storage, clock, GROUP_LIMITS);
}

function insert(committer: Committer, job: JobRecord): Promise<boolean> {
  return committer.insert({ effects: [insertOf(job)] }, sizeOf(1), ({ ok }) => ok);
}

/** Raises the job's priority by one; answers what it was. */
function raise(committer: Committer, id: string): Promise<number> {
  return committer.decide({
    ids: [id],
    decide: ([job]) => {
      if (job === undefined) throw new Error("gone");
      return {
        effects: [updateOf(job, { priority: job.priority + 1 })],
        committed: () => job.priority,
      };
    },
  });
}

async function priorityOf(id: string): Promise<number | undefined> {
  return (await inner.jobs.get([id]))[0]?.priority;
}

/** A storage that says it is asynchronous and whose commits are done when the test says so. */
function slow(): Recorded & { readonly finish: (() => Promise<void>)[] } {
  const finish: (() => Promise<void>)[] = [];
  const base = recorded((group) => {
    return new Promise((resolve, reject) => {
      finish.push(async () => inner.commit(group).then(resolve, reject));
    });
  });
  const storage = wrapStorage(base.storage, { traits: { ...inner.traits, synchronous: false } });
  return { ...base, storage, finish };
}

describe("committer", () => {
  it("commits everything of one turn of the event loop at once, with one read for all decisions", async () => {
    const { storage, groups, reads } = recorded();
    const committer = committerOn(storage);
    const [a, b, c] = [aJob(), aJob(), aJob()];
    await Promise.all([a, b].map((job) => insert(committer, job)));
    const order: string[] = [];
    const note = (what: string) => () => order.push(what);
    await Promise.all([
      committer.claim({ claim: claimOf({ limit: 9 }), wanted: () => true }, note("claim")),
      insert(committer, c).then(note("insert")),
      raise(committer, a.id).then(note("decision")),
      raise(committer, b.id),
      committer.complete([{ id: c.id, fence: {}, result: null }], note("completion")),
    ]);
    expect(groups).toHaveLength(2);
    expect(reads).toEqual([[a.id, b.id]]);
    expect(groups[1]).toMatchObject({ now: T0, completions: [{}], units: [{}, {}, {}], claims: [{}] });
    expect(order.filter((what) => what !== "insert" && what !== "decision")).toEqual(["completion", "claim"]);
  });

  it("lets decisions about one job see each other's result, one group after the other", async () => {
    const { storage } = recorded();
    const committer = committerOn(storage);
    const job = aJob();
    await insert(committer, job);
    const answers = await Promise.all(Array.from({ length: 12 }, () => raise(committer, job.id)));
    expect(answers).toEqual(Array.from({ length: 12 }, (_, index) => index));
    expect(await priorityOf(job.id)).toBe(12);
  });

  it("decides again when somebody else was faster", async () => {
    const { storage, groups } = recorded();
    const committer = committerOn(storage);
    const job = aJob();
    await insert(committer, job);
    const racing = wrapStorage(storage, {
      commit: async (group) => {
        // Another server, between the read and the commit; twice.
        const [stored] = groups.length < 3 ? await inner.jobs.get([job.id]) : [];
        const rival = stored === undefined ? [] : [{ effects: [updateOf(stored, { priority: stored.priority + 10 })] }];
        await inner.commit({ now: T0, completions: [], beats: [], units: rival, claims: [] });
        return storage.commit(group);
      },
    });
    expect(await raise(committerOn(racing), job.id)).toBe(20);
    expect(await priorityOf(job.id)).toBe(21);
  });

  it("gives up, for the caller to try again later, when somebody else is always faster", async () => {
    const { storage } = recorded(async (group) => {
      const refused = group.units.map(() => ({ ok: false as const, reason: "changed" as const, id: "x" }));
      return { ...(await inner.commit({ ...group, units: [] })), units: refused };
    });
    const job = aJob();
    await insert(committerOn(inner), job);
    await expect(raise(committerOn(storage), job.id)).rejects.toMatchObject({ code: "backend_error", retryable: true });
  });

  it("commits nothing of a decision that throws, and everything else", async () => {
    const { storage } = recorded();
    const committer = committerOn(storage);
    const job = aJob();
    const outcomes = await Promise.allSettled([raise(committer, job.id), insert(committer, job)]);
    expect(outcomes).toMatchObject([{ status: "rejected", reason: { message: "gone" } }, { value: true }]);
  });

  it("does not bother the storage when there is nothing to write", async () => {
    const { storage, groups } = recorded();
    const committer = committerOn(storage);
    const answer = await committer.decide({ ids: [], decide: () => ({ effects: [], committed: () => "idle" }) });
    const unwanted = await committer.claim({ claim: claimOf({}), wanted: () => false }, (jobs) => jobs);
    expect([answer, unwanted, groups]).toEqual(["idle", [], []]);
  });

  it("has one group at a time on a synchronous store, and two on an asynchronous one", async () => {
    const { storage, groups, finish } = slow();
    const committer = committerOn(storage);
    const jobs = [aJob(), aJob(), aJob(), aJob()];
    const answers: Promise<boolean>[] = [];
    for (const job of jobs) {
      answers.push(insert(committer, job));
      await turns();
    }
    expect(groups.map(({ units }) => units.length)).toEqual([1, 1]);
    await finish[0]?.();
    await turns();
    expect(groups.map(({ units }) => units.length)).toEqual([1, 1, 2]);
    for (const done of finish.slice(1)) await done();
    expect(await Promise.all(answers)).toEqual([true, true, true, true]);
  });

  it("tells the storage whether anybody came while the group before was under way", async () => {
    const { storage, groups, finish } = slow();
    const committer = committerOn(wrapStorage(storage, { traits: inner.traits }));
    const finishNext = async (): Promise<void> => {
      await turns();
      await finish.shift()?.();
    };
    // Whoever is answered and comes again was not there meanwhile.
    const first = insert(committer, aJob()).then(() => insert(committer, aJob()));
    await finishNext();
    await turns();
    const meanwhile = insert(committer, aJob());
    await finishNext();
    await finishNext();
    expect(await Promise.all([first, meanwhile])).toEqual([true, true]);
    expect(groups.map(({ alone }) => alone)).toEqual([true, true, false]);
  });

  it("answers in the order of the commits, even if a later one is done first", async () => {
    const { storage, finish } = slow();
    const committer = committerOn(storage);
    const answered: string[] = [];
    const first = insert(committer, aJob()).then(() => answered.push("first"));
    await turns();
    const second = insert(committer, aJob()).then(() => answered.push("second"));
    await turns();
    await finish[1]?.();
    await turns();
    expect(answered).toEqual([]);
    await finish[0]?.();
    await Promise.all([first, second]);
    expect(answered).toEqual(["first", "second"]);
  });

  it("tells every caller when a driver answers less than it was asked", async () => {
    const { storage } = recorded(async (group) => ({ ...(await inner.commit(group)), units: [] }));
    await expect(insert(committerOn(storage), aJob())).rejects.toMatchObject({ code: "backend_error" });
  });

  it("drains when it closes, also what has to be decided again", async () => {
    const committer = committerOn(recorded().storage);
    const job = aJob();
    await insert(committer, job);
    const accepted = Promise.all([raise(committer, job.id), raise(committer, job.id), raise(committer, job.id)]);
    const closing = committer.close();
    await expect(raise(committer, job.id)).rejects.toMatchObject({ code: "backend_error" });
    await closing;
    expect(await accepted).toEqual([0, 1, 2]);
    await committer.close();
  });
});
