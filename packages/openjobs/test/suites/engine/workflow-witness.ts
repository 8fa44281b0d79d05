/** Somebody who sees the commits of a story about a workflow, hears the answers, and knows how it has to end. */
import { expect } from "vitest";
import type { JobRecord } from "../../../src/core/job.ts";
import { isTerminal } from "../../../src/core/states.ts";
import type { WorkflowDetail } from "../../../src/engine/workflow-request.ts";
import type { Group, GroupOutcome, Storage } from "../../../src/storage/storage.ts";
import { interpret, type WireComposite, type WireGraph } from "../../support/workflow-reference.ts";
import type { Ending } from "./workflow-story-steps.ts";

const STATES: Readonly<Record<Ending, string>> = { ack: "completed", nack: "discarded", cancel: "cancelled" };

export class WorkflowWitness {
  readonly #body: WireComposite | WireGraph;
  readonly #id: string;
  /** Members in the order of their birth, by step. */
  readonly #born: { readonly id: string; readonly step: number | null }[] = [];
  /** How jobs ended, as whoever ended them was told. */
  readonly #told = new Map<string, { readonly state: string; readonly result: string | null }>();
  #ends = 0;
  #resumed = 0;
  #stopped = false;

  constructor(body: WireComposite | WireGraph, id: string) {
    this.#body = body;
    this.#id = id;
  }

  /** Ids of all members so far. */
  get born(): readonly string[] {
    return this.#born.map(({ id }) => id);
  }

  /** After a commit. */
  observe({ units }: Group, { units: outcomes, workflows }: GroupOutcome): void {
    units.forEach(({ effects }, index) => {
      if (outcomes[index]?.ok !== true) return;
      for (const effect of effects) {
        if (effect.kind === "insert-workflow" || effect.kind === "resume-workflow") this.#welcome(effect.jobs);
        if (effect.kind === "resume-workflow") this.#resumed += 1;
        if (effect.kind === "cancel-workflow") this.#stopped = true;
      }
    });
    for (const fact of workflows?.facts ?? []) {
      if (fact.kind === "released") this.#welcome([fact.job]);
      if (fact.kind === "ended" && fact.workflow.id === this.#id) this.#ends += 1;
    }
  }

  /** Somebody was told that the job ended so. Of all who want a job to end one succeeds, whatever they want. */
  ended({ id }: JobRecord, ending: Ending, result: string): void {
    const state = STATES[ending];
    expect(this.#told.get(id), `${id} was ${state} although it had ended`).toBeUndefined();
    this.#told.set(id, { state, result: ending === "ack" ? result : null });
  }

  /** At the end, when no job is open any more. */
  async judge(store: Storage, detail: WorkflowDetail): Promise<void> {
    const members = new Map(
      (await store.jobs.get(this.born)).flatMap((job) => (job === undefined ? [] : [[job.id, job]])),
    );
    this.#judgeJobs(members);
    expect(this.#ends, "ends of the workflow").toBe(1 + this.#resumed);
    if (this.#stopped) judgeStopped(detail, members);
    else judgeEnded(this.#body, detail, members);
  }

  #welcome(jobs: readonly JobRecord[]): void {
    this.#born.push(...jobs.map(({ id, workflowStep }) => ({ id, step: workflowStep })));
  }

  #judgeJobs(members: ReadonlyMap<string, JobRecord>): void {
    expect(members.size, "members").toBe(this.#born.length);
    for (const [id, told] of this.#told) expect(members.get(id)).toMatchObject(told);
    const births = new Map<number | null, JobRecord[]>();
    for (const job of members.values()) births.set(job.workflowStep, [...(births.get(job.workflowStep) ?? []), job]);
    for (const [step, jobs] of births) {
      expect(jobs.length, `jobs of step ${step}`).toBeLessThanOrEqual(1 + this.#resumed);
      const earlier = jobs.slice(0, -1).map(({ state }) => state);
      expect(earlier, `jobs of step ${step} before its last one`).not.toContain("completed");
    }
  }
}

/** It ended by itself: as the text of the spec says that it ends when its jobs end as they did. */
function judgeEnded(
  body: WireComposite | WireGraph,
  { workflow, steps }: WorkflowDetail,
  members: ReadonlyMap<string, JobRecord>,
): void {
  const stateOf = (jobId: string) => members.get(jobId)?.state;
  const failed = steps.filter(({ step: { jobId } }) => ![undefined, "completed"].includes(stateOf(jobId)));
  const { succeeded, ran } = interpret(body, new Set(failed.map(({ step: { name } }) => name ?? "")));
  const seen = steps.map(({ step: { name, state, jobId } }) => [name, state, stateOf(jobId)]);
  const expected = steps.map(({ step: { name, jobId } }) => {
    const job = stateOf(jobId);
    if (!ran.has(name ?? "")) return [name, "cancelled", undefined];
    return [name, job === "discarded" ? "failed" : job, job];
  });
  expect(seen).toEqual(expected);
  expect(workflow.state).toBe(succeeded ? "completed" : "failed");
  expect(workflow.completed + workflow.failed).toBe(
    steps.filter(({ step: { callback, name } }) => callback === null && ran.has(name ?? "")).length,
  );
}

/** Its owner has cancelled it: what had ended before stands, and nothing came after. */
function judgeStopped({ workflow, steps }: WorkflowDetail, members: ReadonlyMap<string, JobRecord>): void {
  const open = [...members.values()].filter(({ state }) => !isTerminal(state));
  expect(open, "jobs that are still open").toEqual([]);
  const completed = steps.filter(({ step: { callback, state } }) => callback === null && state === "completed");
  expect(workflow.state).toBe("cancelled");
  expect(workflow.completed).toBe(completed.length);
  for (const { step } of completed) expect(members.get(step.jobId)?.state).toBe("completed");
}
