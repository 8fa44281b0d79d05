import type { JoinRecord, StepRecord, WorkflowRecord, WorkflowState } from "../../core/workflow/workflow.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest } from "../page.ts";
import type { WorkflowFilter } from "../workflows.ts";
import type { Journal } from "./journal.ts";
import { SortedList } from "./sorted-list.ts";

/** A workflow with its steps and joins, each at the index of its number. */
interface Entry {
  workflow: WorkflowRecord;
  readonly steps: StepRecord[];
  readonly joins: JoinRecord[];
}

/** The workflows, by creation and by end. Records are frozen and replaced. */
export class WorkflowTable {
  readonly #entries = new Map<string, Entry>();
  readonly #all = new SortedList<WorkflowRecord>(bySeq);
  readonly #byState = new Map<WorkflowState, SortedList<WorkflowRecord>>();
  readonly #ended = new Map<WorkflowState, SortedList<WorkflowRecord>>();
  #seq = 0;

  get(id: string): WorkflowRecord | undefined {
    return this.#entries.get(id)?.workflow;
  }

  /** The oldest first. */
  all(): readonly WorkflowRecord[] {
    return this.#all.slice(0, this.#all.size);
  }

  steps(id: string): readonly StepRecord[] {
    return this.#entries.get(id)?.steps ?? [];
  }

  joins(id: string): readonly JoinRecord[] {
    return this.#entries.get(id)?.joins ?? [];
  }

  insert(workflow: WorkflowRecord, steps: readonly StepRecord[], joins: readonly JoinRecord[], journal: Journal): void {
    this.#seq += 1;
    const stored = Object.freeze({ ...workflow, seq: this.#seq });
    journal.note(() => this.#remove(stored.id));
    this.#entries.set(stored.id, { workflow: stored, steps: [...steps], joins: [...joins] });
    this.#list(stored);
  }

  remove(id: string, journal: Journal): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    journal.note(() => {
      this.#entries.set(id, entry);
      this.#list(entry.workflow);
    });
    this.#remove(id);
  }

  /** Changes a workflow and answers what it became. */
  change(id: string, change: Partial<WorkflowRecord>, journal: Journal): WorkflowRecord {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`There is no workflow ${id}.`);
    const before = entry.workflow;
    journal.note(() => this.#replace(entry, before));
    return this.#replace(entry, Object.freeze({ ...before, ...change }));
  }

  /** Puts a step in the place of the one with its number. */
  putStep(id: string, step: StepRecord, journal: Journal): void {
    put(this.#entries.get(id)?.steps, step, journal);
  }

  putJoin(id: string, join: JoinRecord, journal: Journal): void {
    put(this.#entries.get(id)?.joins, join, journal);
  }

  /** Newest first. */
  page({ state, name }: WorkflowFilter, { after, limit, offset = 0 }: PageRequest): Page<WorkflowRecord> {
    const list = state === undefined ? this.#all : this.#stateList(this.#byState, state, bySeq);
    const newest = list.slice(0, list.size).toReversed();
    const wanted = name === undefined ? newest : newest.filter((workflow) => workflow.name === name);
    const [before] = after === undefined ? [Number.POSITIVE_INFINITY] : decodeCursor(after, ["number", "number"]);
    const rows = wanted.filter(({ seq }) => seq < before).slice(offset, offset + limit + 1);
    return toPage(rows, limit, wanted.length, ({ seq }) => [seq, 0]);
  }

  /** The longest ended workflow in this state. */
  oldest(state: WorkflowState): WorkflowRecord | undefined {
    return this.#stateList(this.#ended, state, byEnd).slice(0, 1)[0];
  }

  #replace(entry: Entry, workflow: WorkflowRecord): WorkflowRecord {
    this.#unlist(entry.workflow);
    entry.workflow = workflow;
    this.#list(workflow);
    return workflow;
  }

  #remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#unlist(entry.workflow);
    this.#entries.delete(id);
  }

  #list(workflow: WorkflowRecord): void {
    this.#all.add(workflow);
    this.#stateList(this.#byState, workflow.state, bySeq).add(workflow);
    if (workflow.endedAt !== null) this.#stateList(this.#ended, workflow.state, byEnd).add(workflow);
  }

  #unlist(workflow: WorkflowRecord): void {
    this.#all.remove(workflow);
    this.#stateList(this.#byState, workflow.state, bySeq).remove(workflow);
    if (workflow.endedAt !== null) this.#stateList(this.#ended, workflow.state, byEnd).remove(workflow);
  }

  #stateList(
    lists: Map<WorkflowState, SortedList<WorkflowRecord>>,
    state: WorkflowState,
    compare: (a: WorkflowRecord, b: WorkflowRecord) => number,
  ): SortedList<WorkflowRecord> {
    let list = lists.get(state);
    if (list === undefined) {
      list = new SortedList(compare);
      lists.set(state, list);
    }
    return list;
  }
}

function put<T extends { readonly number: number }>(rows: T[] | undefined, row: T, journal: Journal): void {
  const before = rows?.[row.number];
  if (rows === undefined || before === undefined) return;
  journal.note(() => {
    rows[row.number] = before;
  });
  rows[row.number] = Object.freeze({ ...row });
}

function bySeq(a: WorkflowRecord, b: WorkflowRecord): number {
  return a.seq - b.seq;
}

function byEnd(a: WorkflowRecord, b: WorkflowRecord): number {
  return (a.endedAt ?? 0) - (b.endedAt ?? 0) || bySeq(a, b);
}
