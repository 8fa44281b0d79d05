/** What there is in one test, looked at without waiting: from the tables of the memory driver and the log of the engine. */
import { decodeCronJob } from "../core/codec/cron-decode.ts";
import { encodeCronJob } from "../core/codec/cron-job-encode.ts";
import { decodeEvent, type OjsEvent } from "../core/codec/event-decode.ts";
import { decodeJob, type Job } from "../core/codec/job-decode.ts";
import { encodeJob } from "../core/codec/job-encode.ts";
import { encodeWorkflowAnswer } from "../core/codec/workflow-answer.ts";
import { decodeWorkflow, type Workflow } from "../core/codec/workflow-decode.ts";
import { type EventEntry, encodeEvent } from "../core/events.ts";
import { CRON_KIND, readCron } from "../engine/cron/cron-record.ts";
import type { MemoryStorage } from "../storage/memory/memory-storage.ts";
import type { Sight } from "./assertions/sight.ts";

/** What it looks at. */
export interface SightParts {
  readonly storage: MemoryStorage;
  /** Behind the event of this id; all when there is none. */
  readonly eventsAfter: (id: string | undefined) => readonly EventEntry[];
  readonly snoozesOf: (jobId: string) => number;
}

/** See above. Everything goes through the texts of the wire, so that a test sees what a client would. */
export class TestSight implements Sight {
  readonly #parts: SightParts;
  #forgotten: ReadonlySet<string> = new Set();
  #lastForgotten: string | undefined;

  constructor(parts: SightParts) {
    this.#parts = parts;
  }

  jobs(): readonly Job[] {
    return this.#parts.storage
      .allJobs()
      .filter(({ id }) => !this.#forgotten.has(id))
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
      .map((record) => decodeJob(JSON.parse(encodeJob(record))));
  }

  snoozesOf(jobId: string): number {
    return this.#parts.snoozesOf(jobId);
  }

  workflows(): readonly Workflow[] {
    return this.#parts.storage
      .allWorkflows()
      .filter(({ workflow }) => !this.#forgotten.has(workflow.id))
      .map(({ workflow, steps }) => decodeWorkflow(JSON.parse(encodeWorkflowAnswer(workflow, steps))));
  }

  cronJobs(): readonly ReturnType<typeof decodeCronJob>[] {
    return this.#parts.storage
      .allRecords(CRON_KIND)
      .map((record) => decodeCronJob(JSON.parse(encodeCronJob(readCron(record).cron))));
  }

  events(): readonly OjsEvent[] {
    return this.#parts.eventsAfter(this.#lastForgotten).map((entry) => decodeEvent(JSON.parse(encodeEvent(entry))));
  }

  /** What has happened so far was never there. */
  forget(): void {
    const { storage, eventsAfter } = this.#parts;
    const workflows = storage.allWorkflows().map(({ workflow }) => workflow.id);
    this.#forgotten = new Set([...storage.allJobs().map(({ id }) => id), ...workflows]);
    this.#lastForgotten = eventsAfter(this.#lastForgotten).at(-1)?.id ?? this.#lastForgotten;
  }
}
