/** What the functions tell of workflows, as facts for those who tell the world. */
import type { JobRecord } from "../../core/job.ts";
import { firstRevision } from "../../core/job-revision.ts";
import { readStep } from "../stored-workflow.ts";
import { factsOf } from "../workflow-progress.ts";
import type { WorkflowFact } from "../workflows.ts";
import { readJob } from "./job-row.ts";
import { readWorkflow } from "./workflow-row.ts";

interface Heard {
  readonly ended: readonly (readonly [workflow: string, step: unknown])[];
  readonly released:
    | readonly (readonly [workflow: string, step: unknown, ready: string, job: string, seq: number])[]
    | null;
  readonly ends: readonly string[] | null;
  readonly workflows: readonly unknown[];
}

interface Cancelled {
  readonly cancelled: readonly (readonly unknown[])[] | null;
  readonly workflow: unknown;
}

/** @param ready The jobs of released steps, as they were sent. */
export function factsOfNews(news: unknown, ready: ReadonlyMap<string, JobRecord>): readonly WorkflowFact[] {
  const told = news as Heard | Cancelled; // the functions write exactly this
  return "ended" in told ? heardFacts(told, ready) : cancelFacts(told);
}

function cancelFacts({ cancelled, workflow }: Cancelled): readonly WorkflowFact[] {
  const facts = (cancelled ?? []).map((row): WorkflowFact => ({ kind: "cancelled", job: readJob(row) }));
  return [...facts, { kind: "ended", workflow: readWorkflow(workflow) }];
}

function heardFacts(heard: Heard, ready: ReadonlyMap<string, JobRecord>): readonly WorkflowFact[] {
  const ended = heard.ended.map(([workflowId, step]) => ({ workflowId, step: readStep(step) }));
  const released = (heard.released ?? []).flatMap(([workflowId, row, text, id, seq]) => {
    const job = ready.get(id);
    return job === undefined ? [] : [{ workflowId, step: readStep(row, text), job: firstRevision(job, seq) }];
  });
  const jobs = released.map(({ job }) => job);
  const ends = new Map((heard.ends ?? []).map((id) => [id, true]));
  return factsOf(ended, { released, jobs, ends }, heard.workflows.map(readWorkflow));
}
