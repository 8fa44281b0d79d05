import type { JobChange, JobRecord } from "../../core/job.ts";
import { nextRevision } from "../../core/job-revision.ts";
import { LaneBoard } from "../lane-board.ts";
import { Tally } from "../tally.ts";
import type { Arrive, WorkflowFact } from "../workflows.ts";
import { AnswerTable } from "./answer-table.ts";
import { JobTable } from "./job-table.ts";
import { Journal } from "./journal.ts";
import { QueueTable } from "./queue-table.ts";
import { RecordTable } from "./record-table.ts";
import { WorkerTable } from "./worker-table.ts";
import { WorkflowTable } from "./workflow-table.ts";

/** Everything that a memory storage holds. */
export class Tables {
  readonly jobs: JobTable = new JobTable();
  readonly queues: QueueTable = new QueueTable();
  readonly lanes: LaneBoard = new LaneBoard();
  readonly workers: WorkerTable = new WorkerTable();
  readonly answers: AnswerTable = new AnswerTable();
  readonly records: RecordTable = new RecordTable();
  readonly workflows: WorkflowTable = new WorkflowTable();
}

/** What the parts of one commit share: the tables, the time, and what is needed to count or to take everything back. */
export class Transaction {
  readonly tables: Tables;
  readonly now: number;
  readonly tally: Tally = new Tally();
  readonly journal: Journal = new Journal();
  /** Ends of members that no workflow has heard of yet. */
  readonly arrivals: Arrive[] = [];
  readonly facts: WorkflowFact[] = [];

  constructor(tables: Tables, now: number) {
    this.tables = tables;
    this.now = now;
  }

  /** Replaces a job by its next revision and returns that. */
  change(before: JobRecord, change: JobChange): JobRecord {
    const after = Object.freeze(nextRevision(before, change));
    this.tables.jobs.write(before, after, this.journal);
    return after;
  }

  /** Makes the counters agree with the jobs. */
  finish(): void {
    this.tables.queues.book(this.tally, this.now);
  }

  rollback(): void {
    const { jobs, lanes } = this.tables;
    this.journal.rollback();
    jobs.reindex();
    // Starts that did not happen only make the next ones wait.
    lanes.load({ ...jobs.laneFacts(), starts: [...lanes.starts()] });
  }
}
