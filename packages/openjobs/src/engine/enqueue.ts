/** Enqueue, one or many: all or nothing, and harmless to repeat (ojs-core §7.1, http-binding §7, §9.2). */
import { hash } from "node:crypto";
import { type OjsError, ojsError } from "../core/errors.ts";
import type { JobRecord } from "../core/job.ts";
import type { NewJob } from "../core/job-request.ts";
import { type NewJobOutcome, newJob } from "../core/lifecycle/enqueue.ts";
import type { Unit } from "../storage/storage.ts";
import type { EngineContext } from "./context.ts";
import type { Enqueued } from "./facade.ts";
import { answered } from "./storage-trouble.ts";
import { sizeOfJobs } from "./submission.ts";

/** Accepts one job. */
export async function enqueue(context: EngineContext, request: NewJob): Promise<Enqueued> {
  const [enqueued] = await enqueueAll(context, [request], () => "id");
  if (enqueued === undefined) throw new Error("One job in, none out.");
  return enqueued;
}

/** Accepts all jobs or none. */
export async function enqueueBatch(context: EngineContext, requests: readonly NewJob[]): Promise<readonly Enqueued[]> {
  const fieldOf = (index: number): string => `jobs[${index}].id`;
  refuseRepeatedIds(requests, fieldOf);
  return requests.length === 0 ? [] : enqueueAll(context, requests, fieldOf);
}

async function enqueueAll(
  context: EngineContext,
  requests: readonly NewJob[],
  fieldOf: (index: number) => string,
): Promise<readonly Enqueued[]> {
  const births = requests.map((request) => birth(context, request));
  const jobs = births.map(({ job }) => job);
  if (await insertAll(context, births)) return jobs.map((job) => ({ job, created: true }));
  return replay(context, jobs, fieldOf);
}

/** Commits new jobs as one unit; false when an id of them is taken. */
export function insertAll({ committer, announcer }: EngineContext, births: readonly NewJobOutcome[]): Promise<boolean> {
  const jobs = births.map(({ job }) => job);
  const unit: Unit = { effects: jobs.map((job) => ({ kind: "insert", job })) };
  const woken = jobs.map((job) => announcer.expected(job));
  return committer.insert(unit, sizeOfJobs(jobs), (outcome) => {
    if (!outcome.ok) return false;
    births.forEach(({ job, events }, index) => {
      announcer.created(job, events, woken[index]);
    });
    return true;
  });
}

/** The job that a request asks for. */
export function birth({ clock, newId }: EngineContext, request: NewJob): NewJobOutcome {
  const { id, source } = request;
  const ids = id === null ? { id: newId(), digest: null } : { id, digest: digestOf(source) };
  return newJob(request, ids, clock.now());
}

function digestOf(source: string): string {
  return hash("sha256", source, "base64url");
}

/** Some id was taken: fine if all of these very requests were accepted before, else nothing was accepted now. */
async function replay(
  { storage }: EngineContext,
  jobs: readonly JobRecord[],
  fieldOf: (index: number) => string,
): Promise<readonly Enqueued[]> {
  const stored = await answered(storage.jobs.get(jobs.map(({ id }) => id)));
  const earlier = jobs.map((job, index) => sameRequest(job, stored[index]));
  if (earlier.every((job) => job !== undefined)) return earlier.map((job) => ({ job, created: false }));
  const other = stored.findIndex((job, index) => job !== undefined && earlier[index] === undefined);
  const index = other === -1 ? stored.findIndex((job) => job !== undefined) : other;
  throw refusal(stored[index], fieldOf(index));
}

/** The stored job, if this very request has made it. */
export function sameRequest(job: JobRecord, stored: JobRecord | undefined): JobRecord | undefined {
  return job.digest !== null && stored?.digest === job.digest ? stored : undefined;
}

/** Why a job is refused whose id is taken; `existing` is gone when it was deleted meanwhile. */
export function refusal(existing: JobRecord | undefined, field: string): OjsError {
  if (existing === undefined) return ojsError("backend_error", "The job in the way was deleted just now; try again.");
  return ojsError("duplicate", `There is already another job with the id ${existing.id}.`, {
    details: { field, existing_job_id: existing.id, existing_state: existing.state },
    jobId: existing.id,
  });
}

function refuseRepeatedIds(requests: readonly NewJob[], fieldOf: (index: number) => string): void {
  const seen = new Set<string>();
  requests.forEach(({ id }, index) => {
    if (id !== null && seen.has(id)) {
      throw ojsError("invalid_request", `The batch has two jobs with the id ${id}.`, {
        details: { field: fieldOf(index), job_id: id },
        hint: "Give every job of a batch its own id, or none.",
      });
    }
    if (id !== null) seen.add(id);
  });
}
