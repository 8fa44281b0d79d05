/** Progress of running jobs (ojs-progress): observed, never decisive. */
import { fenceHolds } from "../../core/fence.ts";
import type { JobRecord } from "../../core/job.ts";
import { nextRevision } from "../../core/job-revision.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { extendChange } from "../../core/lifecycle/lease.ts";
import { isTerminal } from "../../core/states.ts";
import type { Effect } from "../../storage/storage.ts";
import type { Announcer } from "../announcer.ts";
import type { EngineContext } from "../context.ts";
import { getJob } from "../jobs.ts";
import { found as foundJob, nothing } from "../move.ts";
import { findCheckpoint, keepCheckpoint } from "./checkpoints.ts";
import { companionRecord, companionsOf, type Found } from "./companion.ts";
import type { CompanionEngine, JobProgressView, ProgressReport } from "./companion-engine.ts";

const KIND = "progress";

/** What is kept. */
interface Kept {
  readonly progress: number | null;
  readonly message: string | null;
  readonly data: JsonObject | null;
}

/** The operations on progress. */
export function progressOperations(context: EngineContext): Pick<CompanionEngine, "reportProgress" | "getProgress"> {
  return {
    reportProgress: (report) => reportProgress(context, report),
    getProgress: async (jobId) => {
      const job = await getJob(context, jobId);
      return viewOf(job, (await find(context, job)).found);
    },
  };
}

async function reportProgress(context: EngineContext, report: ProgressReport): Promise<JobProgressView> {
  for (;;) {
    const job = await getJob(context, report.jobId);
    const last = await find(context, job);
    if (!isHeld(job, report)) return viewOf(job, last.found);
    const done = await note(context, report, job, last);
    if (done !== undefined) return done;
  }
}

type Last = Awaited<ReturnType<typeof find>>;

/** Undefined when another report was faster. */
async function note(
  { committer, announcer, newId, storage, checkpoints }: EngineContext,
  report: ProgressReport,
  seen: JobRecord,
  last: Last,
): Promise<JobProgressView | undefined> {
  const checkpoint = report.checkpoint === undefined ? undefined : await findCheckpoint({ storage }, seen);
  return committer.decide<JobProgressView | undefined>({
    ids: [report.jobId],
    decide([present], { now, refused }) {
      const job = foundJob(present, report.jobId);
      if (refused !== undefined || !isHeld(job, report)) return nothing(undefined);
      const change = extendChange(job, undefined, now);
      const after = nextRevision(job, change);
      const kept = merged(report, saidIn(job, last.found));
      const at = { now, revision: newId() };
      const effects: Effect[] = [
        { kind: "update", before: job, change },
        { kind: "put-record", record: companionRecord(KIND, job, kept, at), before: last.before },
      ];
      if (checkpoint !== undefined) {
        effects.push(keepCheckpoint(job, report.checkpoint, checkpoint, { now, revision: newId() }).effect);
      }
      const tell = (to: Announcer): void => to.progressed(after, kept, now);
      return {
        effects,
        tell,
        committed() {
          if (checkpoint !== undefined) checkpoints.known();
          tell(announcer);
          return { ...kept, jobId: job.id, state: job.state, updatedAt: now };
        },
      };
    },
  });
}

async function find({ storage }: Pick<EngineContext, "storage">, job: JobRecord) {
  const [{ record, found } = { record: undefined, found: undefined }] = await companionsOf<Kept>(storage, KIND, [job]);
  return { found, before: record?.revision ?? null };
}

function isHeld(job: JobRecord, { fence }: ProgressReport): boolean {
  return job.state === "active" && fenceHolds(job, fence);
}

/** A number never goes back within an attempt (§5.1); what a report leaves out stays. */
function merged({ progress, message, data }: ProgressReport, last: Kept | undefined): Kept {
  return {
    progress: progress === undefined ? (last?.progress ?? null) : Math.max(progress, last?.progress ?? 0),
    message: message ?? last?.message ?? null,
    data: data ?? last?.data ?? null,
  };
}

/** What was said in this attempt; an attempt that starts has said nothing (§5.3). */
function saidIn(job: JobRecord, found: Found<Kept> | undefined): Kept | undefined {
  return found?.companion.lease === job.lease || isTerminal(job.state) ? found?.companion.value : undefined;
}

function viewOf(job: JobRecord, found: Found<Kept> | undefined): JobProgressView {
  const { progress, message, data } = saidIn(job, found) ?? { progress: null, message: null, data: null };
  const isDone = job.state === "completed" && progress !== null;
  const said = progress === null && data === null && message === null ? null : (found?.companion.at ?? null);
  return { jobId: job.id, state: job.state, progress: isDone ? 1 : progress, message, data, updatedAt: said };
}
