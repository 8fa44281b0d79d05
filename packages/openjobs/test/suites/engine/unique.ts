/** Unique jobs (ojs-unique-jobs, decisions 2.5): who conflicts, who wins, and what becomes of the others. */
import { expect } from "vitest";
import { OjsError } from "../../../src/core/errors.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { type NewJob, readJobRequest } from "../../../src/core/job-request.ts";
import { CrashingStorage } from "../../support/crashing-storage.ts";
import { jobId } from "../../support/jobs.ts";
import { type EngineBehaviour, type EngineBench, QUEUE } from "./bench.ts";

/** A job for user 1 that is unique by that; `unique` says more about its policy, `more` about the request. */
export function uniqueRequest(bench: EngineBench, unique: object = {}, more: object = {}): NewJob {
  const policy = { keys: ["args"], args_keys: ["user"], ...unique };
  const request = {
    type: "mail",
    queue: QUEUE,
    args: [{ user: 1 }],
    unique: policy,
    retry: { jitter: false },
    ...more,
  };
  return readJobRequest(request, { now: bench.clock.now() });
}

async function enqueue(bench: EngineBench, unique: object = {}, more: object = {}): Promise<JobRecord> {
  return (await bench.engine.enqueue(uniqueRequest(bench, unique, more))).job;
}

/** Why a job is refused, in short. */
async function refusalOf(work: Promise<unknown>): Promise<object> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OjsError)) throw new Error("This should have been refused.", { cause: error });
  const { existing_job_id: id, existing_job_state: state, field } = error.details ?? {};
  return { code: error.code, status: error.status, id, state, field };
}

function duplicateOf({ id }: JobRecord, state: string, field = "unique"): object {
  return { code: "duplicate", status: 409, id, state, field };
}

async function statesOf(bench: EngineBench, ...jobs: readonly JobRecord[]): Promise<string[]> {
  return Promise.all(jobs.map((job) => bench.stateOf(job)));
}

export const uniqueBehaviours: readonly EngineBehaviour[] = [
  {
    name: "refuses a second job that counts as the same, while the first one has not ended",
    async run(bench) {
      const first = await enqueue(bench);
      expect(await refusalOf(enqueue(bench))).toEqual(duplicateOf(first, "available"));
      const active = await bench.fetchOne();
      expect(await refusalOf(enqueue(bench))).toEqual(duplicateOf(first, "active"));
      await bench.nack(active);
      expect(await refusalOf(enqueue(bench))).toEqual(duplicateOf(first, "retryable"));
      await bench.advance(60_000);
      await bench.ack(await bench.fetchOne());
      expect((await enqueue(bench)).state).toBe("available");
      expect(bench.eventsOf(first.id).filter((type) => type === "job.enqueued")).toHaveLength(2);
    },
  },
  {
    name: "tells jobs apart by type and by what the policy compares, and by nothing else",
    async run(bench) {
      await enqueue(bench);
      await enqueue(bench, {}, { type: "sms" });
      await enqueue(bench, {}, { args: [{ user: 2 }] });
      await enqueue(bench, { keys: ["args", "queue"] });
      const same = enqueue(bench, {}, { args: [{ text: "other", user: 1 }], queue: "elsewhere", meta: { a: 1 } });
      expect(await refusalOf(same)).toMatchObject({ code: "duplicate" });
      await bench.enqueue({ type: "mail", args: '[{"user":1}]' });
    },
  },
  {
    name: "answers a conflict with the job that is there when the policy ignores the new one",
    async run(bench) {
      const first = await enqueue(bench, { on_conflict: "ignore" }, { id: jobId(1) });
      const second = await bench.engine.enqueue(uniqueRequest(bench, { on_conflict: "ignore" }, { id: jobId(2) }));
      expect(second).toMatchObject({ created: false, deduplicated: true, job: { id: first.id, state: "available" } });
      await expect(bench.job({ id: jobId(2) })).rejects.toMatchObject({ code: "not_found" });
      expect(bench.eventsOf(first.id)).toEqual(["job.enqueued"]);
    },
  },
  {
    name: "replaces a waiting job: the old one is cancelled, the new one waits",
    async run(bench) {
      const old = await enqueue(bench);
      const fresh = await enqueue(bench, { on_conflict: "replace" }, { args: [{ user: 1, v: 2 }] });
      expect(await statesOf(bench, old, fresh)).toEqual(["cancelled", "available"]);
      expect(bench.eventsOf(old.id)).toEqual(["job.enqueued", "job.cancelled"]);
      expect(bench.eventsOf(fresh.id)).toEqual(["job.enqueued"]);
      expect((await bench.fetch({ count: 5 })).map(({ id }) => id)).toEqual([fresh.id]);
    },
  },
  {
    name: "replaces a running job, whose worker learns it from its heartbeat",
    async run(bench) {
      await enqueue(bench);
      const old = await bench.fetchOne();
      const fresh = await enqueue(bench, { on_conflict: "replace" });
      expect((await bench.beat([old])).cancelled).toEqual([old.id]);
      await expect(bench.ack(old)).rejects.toMatchObject({ code: "conflict" });
      expect(await statesOf(bench, old, fresh)).toEqual(["cancelled", "available"]);
    },
  },
  {
    name: "replaces every job in the way, those with other policies too",
    async run(bench) {
      const old = [await enqueue(bench), await enqueue(bench, { states: ["completed"] })];
      old.push(await enqueue(bench, { states: ["completed"] }));
      const fresh = await enqueue(bench, { on_conflict: "replace" });
      expect(await statesOf(bench, ...old, fresh)).toEqual(["cancelled", "cancelled", "cancelled", "available"]);
    },
  },
  {
    name: "does not replace a job that has ended, but one that was replaced is in nobody's way",
    async run(bench) {
      const policy = { states: ["available", "completed", "cancelled"], on_conflict: "replace" };
      const first = await enqueue(bench, policy);
      const second = await enqueue(bench, policy);
      expect(await statesOf(bench, first, second)).toEqual(["cancelled", "available"]);
      await bench.ack(await bench.fetchOne());
      expect(await refusalOf(enqueue(bench, policy))).toEqual(duplicateOf(second, "completed"));
      expect(await refusalOf(enqueue(bench, { ...policy, on_conflict: "reject" }))).toMatchObject({
        code: "duplicate",
      });
    },
  },
  {
    name: "keeps the time of a scheduled job that is replaced except for its schedule",
    async run(bench) {
      const policy = { on_conflict: "replace_except_schedule" };
      const old = await enqueue(bench, policy, { scheduled_at: "2026-01-01T02:00:30+02:00" });
      const fresh = await enqueue(bench, policy, { scheduled_at: "+PT5M", args: [{ user: 1, v: 2 }], tags: ["x"] });
      expect(fresh).toMatchObject({ state: "scheduled", availableAt: old.availableAt, args: '[{"user":1,"v":2}]' });
      expect(JSON.parse(fresh.attributes)).toMatchObject({ scheduled_at: "2026-01-01T02:00:30+02:00", tags: ["x"] });
      await bench.advance(30_000);
      expect(await statesOf(bench, old, fresh)).toEqual(["cancelled", "available"]);
      const last = await enqueue(bench, policy, { scheduled_at: "+PT1M" });
      expect([last.state, await bench.stateOf(fresh)]).toEqual(["scheduled", "cancelled"]);
    },
  },
  {
    name: "lets a job be in the way for the period, counted from its creation",
    async run(bench) {
      const first = await enqueue(bench, { period: "PT2S" });
      await bench.advance(1_999);
      expect(await refusalOf(enqueue(bench, { period: "PT2S" }))).toEqual(duplicateOf(first, "available"));
      await bench.advance(1);
      const second = await enqueue(bench, { period: "PT2S" });
      expect(await refusalOf(enqueue(bench))).toEqual(duplicateOf(second, "available"));
    },
  },
  {
    name: "lets ended jobs be in the way if the policy says so",
    async run(bench) {
      const policy = { states: ["available", "completed"], period: "P1D", on_conflict: "ignore" };
      const { id } = await enqueue(bench, policy);
      await bench.ack(await bench.fetchOne());
      expect(await enqueue(bench, policy)).toMatchObject({ id, state: "completed" });
      await bench.advance(86_400_000);
      expect((await enqueue(bench, policy)).id).not.toBe(id);
    },
  },
  {
    name: "does not take a job for being in the way whose time was over before",
    async run(bench) {
      const expired = await enqueue(bench, {}, { expires_at: "+PT5S" });
      bench.clock.jump(5_000);
      const fresh = await enqueue(bench);
      expect(bench.eventsOf(expired.id)).toContain("job.expired");
      expect(await statesOf(bench, expired, fresh)).toEqual(["discarded", "available"]);
    },
  },
  {
    name: "answers a repeated request before it looks for conflicts",
    async run(bench) {
      for (const [number, onConflict] of ["reject", "replace", "ignore"].entries()) {
        const more = { id: jobId(number), args: [{ user: onConflict }] };
        const request = uniqueRequest(bench, { on_conflict: onConflict }, more);
        const first = await bench.engine.enqueue(request);
        const again = await bench.engine.enqueue(request);
        expect([first.created, again.created, again.deduplicated, again.job.id]).toEqual([true, false, false, more.id]);
        const other = uniqueRequest(bench, { on_conflict: onConflict }, { ...more, args: [{ user: 0 }] });
        expect(await refusalOf(bench.engine.enqueue(other))).toMatchObject({
          code: "duplicate",
          id: more.id,
          field: "id",
        });
        expect(await bench.stateOf(first.job)).toBe("available");
      }
    },
  },
  {
    name: "never fails a job that it has accepted, whatever else has its fingerprint then",
    async run(bench) {
      const dead = { retry: { max_attempts: 1, on_exhaustion: "dead_letter" } };
      const first = await enqueue(bench, {}, dead);
      await bench.nack(await bench.fetchOne());
      const second = await enqueue(bench);
      expect((await bench.engine.retryDeadLetter(first.id)).state).toBe("available");
      const fetched = await bench.fetch({ count: 5 });
      expect(fetched.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    },
  },
  {
    name: "uses a fingerprint that the client has made of what it encrypted",
    async run(bench) {
      const fingerprint = "0123456789abcdef".repeat(4);
      const first = await enqueue(bench, { fingerprint }, { args: ["xx"] });
      expect(first.fingerprint).toBe(fingerprint);
      expect(await refusalOf(enqueue(bench, { fingerprint }, { args: ["yy"] }))).toEqual(
        duplicateOf(first, "available"),
      );
    },
  },
  {
    name: "lets exactly one of many concurrent jobs win that count as the same",
    async run(bench) {
      const asked = Array.from({ length: 40 }, () => enqueue(bench));
      const answers = await Promise.allSettled(asked);
      expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect((await bench.engine.queueStats(QUEUE)).queue.counts.available).toBe(1);
    },
  },
  {
    name: "lets the last of many concurrent replacements win, and cancels all others",
    async run(bench) {
      const fresh = await Promise.all(Array.from({ length: 40 }, () => enqueue(bench, { on_conflict: "replace" })));
      const states = await statesOf(bench, ...fresh);
      expect(states).toEqual([...Array(39).fill("cancelled"), "available"]);
      expect((await bench.engine.queueStats(QUEUE)).queue.counts).toMatchObject({ available: 1, cancelled: 39 });
    },
  },
  {
    name: "never leaves an old job cancelled whose replacement did not come",
    async run(bench) {
      for (const spared of [0, 1, 2, 3]) {
        for (const point of ["before", "after"] as const) {
          const key = { args: [{ user: `${spared} ${point}` }] };
          const old = await enqueue(bench, {}, key);
          const crashing = new CrashingStorage(bench.storage);
          await bench.start({ storage: crashing.storage, onError: () => {} });
          crashing.arm(point, spared);
          const fresh = { ...key, id: jobId(100 + spared + (point === "after" ? 50 : 0)) };
          await enqueue(bench, { on_conflict: "replace" }, fresh).catch(() => undefined);
          await bench.start();
          const [before, after] = await bench.storage.jobs.get([old.id, fresh.id]);
          expect([before?.state, after?.state]).toEqual(
            after === undefined ? ["available", undefined] : ["cancelled", "available"],
          );
        }
      }
    },
  },
  {
    name: "accepts nothing of a batch with a job that is refused, and says which",
    async run(bench) {
      const first = await enqueue(bench);
      const batch = [uniqueRequest(bench, {}, { args: [{ user: 2 }] }), uniqueRequest(bench)];
      expect(await refusalOf(bench.engine.enqueueBatch(batch))).toEqual(
        duplicateOf(first, "available", "jobs[1].unique"),
      );
      const twins = [
        uniqueRequest(bench, {}, { args: [{ user: 3 }] }),
        uniqueRequest(bench, {}, { args: [{ user: 3 }] }),
      ];
      expect(await refusalOf(bench.engine.enqueueBatch(twins))).toMatchObject({ field: "jobs[1].unique" });
      expect((await bench.engine.queueStats(QUEUE)).queue.counts.available).toBe(1);
    },
  },
  {
    name: "decides about the jobs of a batch one after the other",
    async run(bench) {
      const old = await enqueue(bench);
      const batch = [
        uniqueRequest(bench, { on_conflict: "replace" }),
        uniqueRequest(bench, { on_conflict: "replace" }, { id: jobId(3) }),
        uniqueRequest(bench, { on_conflict: "ignore" }),
        uniqueRequest(bench, {}, { args: [{ user: 2 }] }),
      ];
      const enqueued = await bench.engine.enqueueBatch(batch);
      const told = enqueued.map(({ job, created, deduplicated }) => [job.state, created, deduplicated]);
      expect(told).toEqual([
        ["cancelled", true, false],
        ["available", true, false],
        ["available", false, true],
        ["available", true, false],
      ]);
      expect(enqueued[2]?.job.id).toBe(jobId(3));
      expect(await bench.stateOf(old)).toBe("cancelled");
      expect(bench.eventsOf(enqueued[0]?.job.id ?? "")).toEqual(["job.enqueued", "job.cancelled"]);
    },
  },
  {
    name: "answers a repeated batch of which some jobs were dropped in favour of others",
    async run(bench) {
      const holder = await enqueue(bench);
      const batch = [
        uniqueRequest(bench, { on_conflict: "ignore" }, { id: jobId(1) }),
        readJobRequest({ id: jobId(2), type: "sms", queue: QUEUE, args: [] }, { now: bench.clock.now() }),
      ];
      const first = await bench.engine.enqueueBatch(batch);
      const again = await bench.engine.enqueueBatch(batch);
      expect(first.map(({ job }) => job.id)).toEqual([holder.id, jobId(2)]);
      expect(again.map(({ job, created }) => [job.id, created])).toEqual([
        [holder.id, false],
        [jobId(2), false],
      ]);
    },
  },
  {
    name: "gives each job of a partial bulk its own outcome, and all of an atomic one the same",
    async run(bench) {
      const holder = await enqueue(bench);
      const items = (): NewJob[] => [
        uniqueRequest(bench),
        uniqueRequest(bench, { on_conflict: "ignore" }),
        uniqueRequest(bench, {}, { args: [{ user: 2 }] }),
        uniqueRequest(bench, {}, { args: [{ user: 2 }] }),
      ];
      const atomic = await bench.engine.enqueueBulk({ items: items(), atomic: true });
      expect(atomic.map((item) => item instanceof OjsError && item.code)).toEqual([
        "duplicate",
        "rolled_back",
        "rolled_back",
        "duplicate",
      ]);
      const partial = await bench.engine.enqueueBulk({ items: items(), atomic: false });
      const told = partial.map((item) => (item instanceof OjsError ? item.details?.field : item.created));
      expect(told).toEqual(["jobs[0].unique", false, true, "jobs[3].unique"]);
      expect(partial[1]).toMatchObject({ deduplicated: true, job: { id: holder.id } });
    },
  },
];
