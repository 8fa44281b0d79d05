/** Reads and changes what is kept about a run, in one commit with a look at its job. */
import { type AgentRun, NEW_RUN } from "../../core/agent-run.ts";
import { ojsError } from "../../core/errors.ts";
import type { JobRecord } from "../../core/job.ts";
import { LIMITS } from "../../core/limits.ts";
import { companionRecord, companionsOf } from "../companions/companion.ts";
import type { EngineContext } from "../context.ts";
import { getJob } from "../jobs.ts";
import { found as foundJob, nothing } from "../move.ts";

const KIND = "agent";

type FoundRun = Awaited<ReturnType<typeof companionsOf<AgentRun>>>[number];

/** What an edit works with. */
export interface Present {
  readonly job: JobRecord;
  readonly run: AgentRun;
  /** Unix milliseconds. */
  readonly now: number;
}

/** What is kept about the run of a job; a new one if there is nothing. */
export async function readRun({ storage }: Pick<EngineContext, "storage">, job: JobRecord): Promise<AgentRun> {
  return (await findRun(storage, job)).found?.companion.value ?? NEW_RUN;
}

/** Changes it. `edit` may be asked again when somebody else was faster, and may throw. */
export async function changeRun<T>(
  context: EngineContext,
  jobId: string,
  edit: (present: Present) => { readonly run: AgentRun; readonly answer: T },
): Promise<T> {
  const { storage, committer, newId } = context;
  for (;;) {
    const { record: before, found } = await findRun(storage, await getJob(context, jobId));
    const done = await committer.decide<{ readonly answer: T } | undefined>({
      ids: [jobId],
      decide([present], { now, refused }) {
        // Another change of the run was faster: this one comes after it.
        if (refused !== undefined && refused.id !== jobId) return nothing(undefined);
        const job = foundJob(present, jobId);
        const { run, answer } = edit({ job, run: found?.companion.value ?? NEW_RUN, now });
        const record = companionRecord(KIND, job, run, { now, revision: newId() });
        refuseHuge(record.body);
        return {
          // The change of nothing is the look at the job.
          effects: [
            { kind: "update", before: job, change: {} },
            { kind: "put-record", record, before: before?.revision ?? null },
          ],
          committed: () => ({ answer }),
        };
      },
    });
    if (done !== undefined) return done.answer;
  }
}

async function findRun(storage: EngineContext["storage"], job: JobRecord): Promise<Partial<FoundRun>> {
  const [entry] = await companionsOf<AgentRun>(storage, KIND, [job]);
  return entry ?? {};
}

function refuseHuge({ length }: string): void {
  if (length <= LIMITS.jobBytes) return;
  throw ojsError("payload_too_large", `The branches of this run would have ${length} characters of JSON.`, {
    details: { actual: length, max: LIMITS.jobBytes },
    hint: "Keep less in checkpoints, or fork fewer branches.",
  });
}
