/** Checkpoints: keep, look, drop, and hand out with the job's next attempt (ojs-durable-execution §4–§6). */
import { ojsError } from "../../core/errors.ts";
import { type Fence, fenceHolds } from "../../core/fence.ts";
import type { HandedJob } from "../../core/handed-job.ts";
import type { JobRecord } from "../../core/job.ts";
import { stringifyJson } from "../../core/json.ts";
import { isTerminal } from "../../core/states.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Effect } from "../../storage/storage.ts";
import { requireHeld } from "../conflicts.ts";
import type { EngineContext } from "../context.ts";
import { getJob } from "../jobs.ts";
import { found as foundJob, nothing } from "../move.ts";
import { changeRecords } from "../record-change.ts";
import type { Decided } from "../submission.ts";
import { companionRecord, companionsOf, type Found } from "./companion.ts";
import type { Checkpoint, CompanionEngine } from "./companion-engine.ts";

const KIND = "checkpoint";

/** What is kept. */
interface Kept {
  readonly state: unknown;
  readonly sequence: number;
}

/** The effects that keep a state beside a job, and the checkpoint that it is then. */
export function keepCheckpoint(
  job: JobRecord,
  state: unknown,
  { found, before }: { readonly found: Found<Kept> | undefined; readonly before: string | null },
  { now, revision }: { readonly now: number; readonly revision: string },
): { readonly effect: Effect; readonly checkpoint: Checkpoint } {
  const kept: Kept = { state, sequence: (found?.companion.value.sequence ?? 0) + 1 };
  const record = companionRecord(KIND, job, kept, { now, revision });
  return { effect: { kind: "put-record", record, before }, checkpoint: { jobId: job.id, ...kept, savedAt: now } };
}

/** What is kept beside a job, and the revision that a change has to name. */
export async function findCheckpoint(
  { storage }: Pick<EngineContext, "storage">,
  job: JobRecord,
): Promise<{ readonly found: Found<Kept> | undefined; readonly before: string | null }> {
  const [{ record, found } = { record: undefined, found: undefined }] = await companionsOf<Kept>(storage, KIND, [job]);
  return { found, before: record?.revision ?? null };
}

/** The operations on checkpoints. */
export function checkpointOperations(
  context: EngineContext,
): Pick<CompanionEngine, "saveCheckpoint" | "getCheckpoint" | "deleteCheckpoint"> {
  return {
    saveCheckpoint: (jobId, state, fence) => save(context, jobId, state, fence),
    getCheckpoint: (jobId) => get(context, jobId),
    deleteCheckpoint: (jobId) => remove(context, jobId),
  };
}

async function save(context: EngineContext, jobId: string, state: unknown, fence: Fence): Promise<Checkpoint> {
  const { committer, newId } = context;
  for (;;) {
    const kept = await findCheckpoint(context, await getJob(context, jobId));
    const done = await committer.decide<Checkpoint | undefined>({
      ids: [jobId],
      decide([present], { now, refused }): Decided<Checkpoint | undefined> {
        // Another checkpoint was faster: this one comes after it.
        if (refused !== undefined && refused.id !== jobId) return nothing(undefined);
        const job = foundJob(present, jobId);
        requireOpen(job, fence);
        const { effect, checkpoint } = keepCheckpoint(job, state, kept, { now, revision: newId() });
        // The change of nothing is the look at the job: nobody ends it, or takes it away, in the same moment.
        return {
          effects: [{ kind: "update", before: job, change: {} }, effect],
          committed: () => {
            context.checkpoints.known();
            return checkpoint;
          },
        };
      },
    });
    if (done !== undefined) return done;
  }
}

/** The page wants a running job; the official cases prepare jobs that wait (contract 2.6). A fence is of a claim, though. */
function requireOpen(job: JobRecord, fence: Fence): void {
  if (job.state === "active" || fence.lease !== undefined || fence.workerId !== undefined) requireHeld(job, fence);
  else if (isTerminal(job.state) || !fenceHolds(job, fence)) {
    throw ojsError("conflict", `Job ${job.id} is ${job.state}: there is nothing to go on with.`, {
      details: { job_id: job.id, current_state: job.state },
    });
  }
}

async function get(context: EngineContext, jobId: string): Promise<Checkpoint> {
  const { found } = await findCheckpoint(context, await getJob(context, jobId));
  if (found !== undefined) return { jobId, ...found.companion.value, savedAt: found.companion.at };
  throw ojsError("not_found", `Job ${jobId} has no checkpoint.`, {
    details: { resource_type: "checkpoint", job_id: jobId },
  });
}

async function remove(context: EngineContext, jobId: string): Promise<boolean> {
  for (;;) {
    const { before } = await findCheckpoint(context, await getJob(context, jobId));
    if (before === null) return false;
    const change = { kind: "remove-record", key: { kind: KIND, id: jobId }, before } as const;
    if (await changeRecords(context.committer, [change])) return true;
  }
}

/** Gives claimed jobs what they left to go on from (§6.1). */
export async function withCheckpoints(
  { storage }: Pick<EngineContext, "storage">,
  jobs: readonly HandedJob[],
): Promise<readonly HandedJob[]> {
  const kept = await companionsOf<Kept>(storage, KIND, jobs);
  return jobs.map((job, index) => {
    const companion = kept[index]?.found?.companion;
    if (companion === undefined) return job;
    const { value, at } = companion;
    return { ...job, checkpoint: stringifyJson({ ...value, created_at: formatTimestamp(at) }) };
  });
}
